import { paths } from '../../../src/common/paths.ts'
import type { Json } from './snac.ts'
import { followersShown, isNamed, letIn, noteOf, openFlag, pressed, stateOf } from './steps-following.ts'
import { answeredBy } from './steps-messages.ts'
import type { Cast, Limit, Step } from './story.ts'
import { must, until } from './waiting.ts'

/** He goes and comes back, her flag closes, a topic is followed, and her key changes. */
export const changing: readonly (Step | Limit)[] = [
  {
    name: 'ben unfollows her, and is gone from her followers',
    async play(cast) {
      await cast.snac.command('unfollow', 'ben', cast.actor)
      await until('he is gone', async () => !isNamed(await followersShown(cast, 'accepted'), cast, 'ben'))
      return undefined
    },
  },
  {
    name: 'he follows her again, and she lets him in again',
    async play(cast) {
      await cast.snac.command('follow', 'ben', cast.actor)
      await letIn(cast, 'ben')
      return undefined
    },
  },
  {
    name: 'her flag closes, and the Note is gone in snac2',
    play: (cast) => closesFlag(cast, 'ben'),
  },
  {
    limit: 'snac2 keeps the file of a deleted Note that one of its users boosted, and shows it nowhere',
    see: async ({ snac, actor }) => (await snac.kept(`${actor}/notes/1`)) !== undefined,
  },
  {
    name: 'cleo follows @product-manager@north.test, and is let in at once',
    async play(cast) {
      await pressed(cast, paths.posts, { posts: ['opened', 'topic'] })
      const finger = 'https://north.test/.well-known/webfinger?resource=acct:product-manager@north.test'
      await until('the topic is there', async () => (await fetch(finger)).ok)
      await cast.snac.command('follow', 'cleo', '@product-manager@north.test')
      await until('snac2 shows it as accepted', async () => (await stateOf(cast, 'cleo', cast.topic)) === 'Accept')
      return undefined
    },
  },
  {
    name: 'her flag opens, and cleo, who does not follow her, has it by the Announce of the topic',
    async play(cast) {
      const announce = answeredBy(cast, cast.snac.host, 'Announce')
      await openFlag(cast, 20)
      await until('the Announce is answered', announce)
      await until('the Note is in her timeline', () => noteOf(cast, 'cleo'))
      must((await cast.snac.page('cleo')).includes('open to a peer chat'), 'her page shows it')
      return undefined
    },
  },
  {
    name: 'her key changes, by an Update that the former key signed',
    async play(cast) {
      const update = answeredBy(cast, cast.snac.host, 'Update')
      const before = pemOf(await cast.snac.kept(cast.actor))
      const said = await cast.north.command('keys', 'rotate', '--person', 'asha')
      must(/New keys (in use|that wait): 1/.test(said), `the node changes her key: ${said.trim()}`)
      await until('the Update is answered', update)
      await until('snac2 keeps the new key', async () => pemOf(await cast.snac.kept(cast.actor)) !== before)
      return undefined
    },
  },
  {
    name: 'her flag closes: a Delete by the new key is believed, for cleo too',
    async play(cast) {
      const closed = await closesFlag(cast, 'ben')
      must((await noteOf(cast, 'cleo')) === undefined, "it is gone from cleo's timeline")
      return closed
    },
  },
  {
    name: 'her flag opens: a Note by the new key arrives',
    async play(cast) {
      await openFlag(cast, 10)
      await until('the Note is in his timeline', () => noteOf(cast, 'ben'))
      return undefined
    },
  },
]

async function closesFlag(cast: Cast, user: string): Promise<undefined> {
  const note = await noteOf(cast, user)
  await pressed(cast, paths.closeFlag, {})
  await until('his timeline is without it', async () => !(await noteOf(cast, user)))
  const id = String(note?.['id'])
  const text = String(note?.['content']).slice(3, 60)
  const pages = [await cast.snac.page(user), await (await fetch(cast.snac.actor(user))).text()]
  must(text.length > 30 && !pages.some((page) => page.includes(text)), 'neither of his pages shows it')
  must(
    (await fetch(id, { headers: { accept: 'application/activity+json' } })).status === 410,
    'its address answers 410',
  )
  return undefined
}

function pemOf(actor: Json | undefined): unknown {
  const key = actor?.['publicKey'] as Json | undefined // our own document's
  return key?.['publicKeyPem']
}
