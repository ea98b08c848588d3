import { day, dayOf, later, systemClock } from '../../../src/common/clock.ts'
import { longDay } from '../../../src/common/days.ts'
import { paths } from '../../../src/common/paths.ts'
import type { Json } from './snac.ts'
import type { Cast, Limit, Step } from './story.ts'
import { must, until } from './waiting.ts'

/** She is found, read, followed, and heard when her flag opens. */
export const following: readonly (Step | Limit)[] = [
  {
    name: 'ben finds @asha@north.test by WebFinger',
    async play({ snac, actor }) {
      const said = await snac.command('webfinger', '@asha@north.test')
      must(said.includes(actor), `snac2 says her address: ${said.trim()}`)
      return undefined
    },
  },
  {
    name: 'ben reads her profile with its four fields',
    async play({ snac, actor }) {
      const said = await snac.command('actor', 'ben', actor)
      const document = await until('snac2 keeps her actor', () => snac.kept(actor), 10)
      const fields = (document['attachment'] ?? []) as readonly Json[] // the lists of our own document
      must(said.includes('Asha Rao') && document['name'] === 'Asha Rao', 'her name is there')
      must(fields.length === 4, `four fields, and not ${fields.length}`)
      must(
        fields.every(({ type, name, value }) => type === 'PropertyValue' && name && value),
        'each has a name and a value',
      )
      return fields.map(({ name }) => String(name)).join(', ')
    },
  },
  {
    name: 'ben asks to follow her, and waits on her page of followers',
    async play(cast) {
      await cast.snac.command('follow', 'ben', cast.actor)
      await waitingFollower(cast, 'ben')
      must((await stateOf(cast, 'ben', cast.actor)) === 'Follow', 'snac2 shows that he waits')
      return undefined
    },
  },
  {
    name: 'she lets him in, and snac2 shows it as accepted',
    play: async (cast) => {
      await letIn(cast, 'ben')
      return undefined
    },
  },
  {
    name: 'her flag opens, and the Note is in his timeline with its text and its end',
    play: async (cast) => {
      const end = await openFlag(cast, 30)
      const note = await until('the Note is in his timeline', () => noteOf(cast, 'ben'))
      const text = String(note['content'])
      must(text.includes('open to a peer chat') && text.includes(end), `the text has its end, ${end}: ${text}`)
      must((await cast.snac.page('ben')).includes(end), 'his page in snac2 shows it')
      return `until ${end}`
    },
  },
  {
    name: 'ben boosts it, which her node takes and passes over',
    async play(cast) {
      const note = await noteOf(cast, 'ben')
      const before = cast.heard.length
      await cast.snac.command('boost', 'ben', String(note?.['id']))
      await until('the Announce is answered with 202', async () =>
        cast.heard
          .slice(before)
          .some(({ to, body, status }) => to === 'north.test' && body.includes('"Announce"') && status === 202),
      )
      return undefined
    },
  },
]

/** She lets somebody in on her page, and snac2 hears it. */
export async function letIn(cast: Cast, user: string): Promise<void> {
  const follower = await waitingFollower(cast, user)
  await pressed(cast, paths.followers, { follower, answer: 'accept', show: 'waiting', page: '1' })
  await until('snac2 shows it as accepted', async () => (await stateOf(cast, user, cast.actor)) === 'Accept')
}

/** Who is among her followers of a state, by user name. */
export async function followersShown({ asha }: Cast, state: 'waiting' | 'accepted'): Promise<string> {
  return (await asha.get(`${paths.followers}?show=${state}`)).text
}

/** What snac2 keeps about whom a user follows: Follow while it waits, Accept once it was let in. */
export async function stateOf({ snac }: Cast, user: string, actor: string): Promise<unknown> {
  return (await snac.following(user, actor))?.['type']
}

/** She opens her flag on her page. Returns its end as the text says it. */
export async function openFlag(cast: Cast, days: number): Promise<string> {
  const ends = later(systemClock(), days * day)
  const [year = '', month = '', date = ''] = dayOf(ends).split('-')
  await pressed(cast, paths.flag, {
    kinds: ['first-chat'],
    boundaries: ['no-selling'],
    capacity: '2',
    'endsOn-day': date,
    'endsOn-month': month,
    'endsOn-year': year,
  })
  return longDay(ends, 'en')
}

/** Sends one of her forms. Throws with what the page says if it is refused. */
export async function pressed(
  { asha }: Cast,
  path: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
): Promise<string> {
  const { status, text } = await asha.post(path, fields)
  must(
    status < 400,
    `her form at ${path} is taken, and not answered ${status}: ${/<h1[^>]*>([^<]*)/.exec(text)?.[1]?.trim()}`,
  )
  return text
}

/** The newest Note of hers in somebody's timeline. */
export async function noteOf({ snac, actor }: Cast, user: string): Promise<Json | undefined> {
  const notes = (await snac.timeline(user)).filter((one) => one['type'] === 'Note' && one['attributedTo'] === actor)
  return notes.toSorted((one, other) => String(other['published']).localeCompare(String(one['published'])))[0]
}

async function waitingFollower(cast: Cast, user: string): Promise<string> {
  return until(`${user} waits among her followers`, async () => {
    const cards = (await followersShown(cast, 'waiting')).split('<div class="sw-card">')
    const card = cards.find((one) => isNamed(one, cast, user))
    return card === undefined ? undefined : /name="follower" value="([^"]+)"/.exec(card)?.[1]
  })
}

/** Whether a page of hers names a user of snac2's, by handle or by address. */
export function isNamed(text: string, { snac }: Cast, user: string): boolean {
  return text.includes(`>@${user}@${snac.host}<`) || text.includes(`>${snac.actor(user)}<`)
}
