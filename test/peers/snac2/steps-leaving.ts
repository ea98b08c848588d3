import { paths } from '../../../src/common/paths.ts'
import type { Json } from './snac.ts'
import { followersShown, isNamed, letIn, pressed } from './steps-following.ts'
import { answeredBy, requestOf } from './steps-messages.ts'
import type { Limit, Step } from './story.ts'
import { lasts, must, until } from './waiting.ts'

/** Blocks on both sides, a move, and the end. */
export const leaving: readonly (Step | Limit)[] = [
  {
    name: 'she hides for now and shows herself again: snac2 has her blank, then whole',
    async play(cast) {
      await pressed(cast, paths.hideForNow, { answer: 'hide' })
      await until('snac2 has her blank', async () => isBlank(await cast.snac.kept(cast.actor)))
      await pressed(cast, paths.hideForNow, { answer: 'show' })
      await until('snac2 has her name again', async () => (await cast.snac.kept(cast.actor))?.['name'] === 'Asha Rao')
      return undefined
    },
  },
  {
    name: 'snac2 refuses her whole server: what she changes waits, and arrives after that',
    async play(cast) {
      const { snac, north } = cast
      await snac.command('block', 'north.test')
      const refused = answeredBy(cast, snac.host, 'Update')
      await pressed(cast, paths.profile('name'), { displayName: 'Asha R.' })
      const answered = await until('an Update is answered', refused).catch(() => undefined)
      await snac.command('unblock', 'north.test')
      must(answered !== undefined, 'an Update goes to snac2')
      await north.command('deliveries', 'retry', snac.host)
      await until('snac2 has her new name', async () => (await snac.kept(cast.actor))?.['name'] === 'Asha R.')
      return `refused with ${answered.status}`
    },
  },
  {
    name: "she moves to dora's account, ben follows that one, and her again when she is back",
    async play(cast) {
      const { snac } = cast
      await snac.command('alias', 'dora', '@asha@north.test')
      await pressed(cast, paths.moveAway, { target: '@dora@snac.test', sure: 'yes' })
      await until('he follows dora', () => snac.following('ben', snac.actor('dora')))
      await pressed(cast, paths.comeBack, {})
      await snac.command('unfollow', 'ben', cast.actor)
      await until('he is gone', async () => !isNamed(await followersShown(cast, 'accepted'), cast, 'ben'))
      await snac.command('follow', 'ben', cast.actor)
      await letIn(cast, 'ben')
      return undefined
    },
  },
  {
    name: 'she blocks him: he is no follower any more, reads 404, and his messages do nothing',
    async play(cast) {
      const { snac } = cast
      await pressed(cast, `${await requestOf(cast, 'ben')}/block`, { whom: 'actor' })
      await until('he is gone', async () => !isNamed(await followersShown(cast, 'accepted'), cast, 'ben'))
      const begin = cast.heard.length
      await snac.command('request', 'ben', cast.actor)
      const read = cast.heard.slice(begin).find(({ method, path }) => method === 'GET' && cast.actor.endsWith(path))
      must(read?.status === 404, `his signed look at her is answered 404, and not ${read?.status}`)
      const message = answeredBy(cast, 'north.test', 'Create')
      await snac.command('note_mention', 'ben', '@asha@north.test Hello again!')
      must((await until('the Create is answered', message)).status === 202, 'it is answered as any other')
      must(await lasts(async () => (await requestOf(cast, 'ben')) === undefined, 3), 'no request comes')
      return undefined
    },
  },
  {
    limit: 'snac2 ignores the Reject of a follower who was let in, and goes on showing that he follows',
    see: async ({ snac, actor }) => (await snac.following('ben', actor)) !== undefined,
  },
  {
    limit: 'snac2 sends nothing when one of its users mutes her, and has no report',
    async see(cast) {
      const begin = cast.heard.length
      await cast.snac.press('cleo', 'action', { action: 'MUTE', actor: cast.actor, id: '' })
      const isSilent = async () =>
        !cast.heard.slice(begin).some(({ to, method }) => to === 'north.test' && method === 'POST')
      return lasts(isSilent, 6)
    },
  },
  {
    name: 'she takes the block back, and he follows her as if for the first time',
    async play(cast) {
      const [, block = ''] = /name="block" value="([^"]+)"/.exec((await cast.asha.get(paths.blocks)).text) ?? []
      await pressed(cast, paths.unblock, { block })
      await cast.snac.command('unfollow', 'ben', cast.actor)
      await cast.snac.command('follow', 'ben', cast.actor)
      await letIn(cast, 'ben')
      return undefined
    },
  },
  {
    name: 'she leaves: Update and Delete arrive, and everything of hers answers 410',
    async play(cast) {
      const { snac, actor } = cast
      const last = answeredBy(cast, snac.host, 'Update', '/ben/')
      const end = answeredBy(cast, snac.host, 'Delete', '/ben/')
      await pressed(cast, paths.withdraw, {})
      must((await until('the last Update is answered', last)).status < 300, 'the Update is taken')
      must((await until('the Delete is answered', end)).status < 300, 'the Delete is taken')
      const accept = 'application/activity+json'
      for (const address of [actor, 'https://north.test/.well-known/webfinger?resource=acct:asha@north.test']) {
        const { status } = await fetch(address, { headers: { accept } })
        must(status === 410, `${new URL(address).pathname} answers 410, and not ${status}`)
      }
      await until('snac2 has nothing of her, or a blank', async () => {
        const kept = await snac.kept(actor)
        return kept === undefined || isBlank(kept)
      })
      return undefined
    },
  },
  {
    limit: 'snac2 keeps what the last Update left of a person who was deleted',
    see: ({ snac, actor }) => lasts(async () => (await snac.kept(actor)) !== undefined),
  },
]

function isBlank(actor: Json | undefined): boolean {
  const text = JSON.stringify(actor ?? {})
  return actor !== undefined && actor['name'] === 'asha' && !text.includes('Product manager') && !text.includes('Rao')
}
