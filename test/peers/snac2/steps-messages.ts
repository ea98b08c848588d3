import { rows } from '../../../src/database/database.ts'
import { paths } from '../../../src/common/paths.ts'
import { isNamed, pressed } from './steps-following.ts'
import type { Json } from './snac.ts'
import type { Cast, Limit, Step } from './story.ts'
import type { Exchange } from './wire.ts'
import { lasts, must, until } from './waiting.ts'

const question = 'could we talk about road maps?'
const answer = 'Yes, happy to. Wednesday?'
const more = 'Wednesday is fine.'
const changed = 'Thursday would be better.'

/** He writes to her, she answers, he writes back, and she reports him to his server. */
export const between: readonly (Step | Limit)[] = [
  {
    name: 'ben writes to her alone: a request from outside, its text hidden until she opens it',
    async play(cast) {
      const { snac, asha } = cast
      await snac.command('note_mention', 'ben', `@asha@north.test ${question}`)
      const page = await until('a request of his is in her list', () => requestOf(cast, 'ben'))
      const list = await asha.get(paths.requests)
      must(!list.text.includes(question), 'her list does not show the text')
      must(!(await asha.get(page)).text.includes(question), 'the closed request does not show the text')
      await pressed(cast, `${page}/open`, {})
      must((await asha.get(page)).text.includes(question), 'the opened request shows the text')
      return undefined
    },
  },
  {
    name: 'she answers, and it arrives as a private message that replies to his',
    async play(cast) {
      const { snac } = cast
      await pressed(cast, (await requestOf(cast, 'ben')) ?? '', { answer })
      const note = await until('her answer is in his timeline', () => messageOf(cast, 'ben', answer))
      const asked = await snac.kept(String(note['inReplyTo']))
      must(String(asked?.['content']).includes(question), 'it replies to his message')
      must(sameList(note['to'], [snac.actor('ben')]) && sameList(note['cc'], []), 'it is addressed to him alone')
      const page = await snac.page('ben')
      must(page.includes(answer), 'his page shows it')
      must(
        !(await (await fetch(`https://${snac.host}/ben`)).text()).includes(answer),
        'the public page does not show it',
      )
      must(/title="[^"]*(private|mention|direct)[^"]*"/i.test(before(page, answer)), 'his page shows it as private')
      return undefined
    },
  },
  {
    name: 'ben replies on his page, and it comes under the same request',
    async play(cast) {
      const asked = await messageOf(cast, 'ben', answer)
      const fields = { content: `@asha@north.test ${more}`, in_reply_to: String(asked?.['id']), ...alone }
      must((await cast.snac.press('ben', 'note', fields)) < 400, 'snac2 takes it')
      const page = (await requestOf(cast, 'ben')) ?? ''
      await until('there is something new to open', async () =>
        (await cast.asha.get(page)).text.includes(`${page}/open`),
      )
      return undefined
    },
  },
  {
    name: 'he changes it before she opens it, and she reads what it says now',
    async play(cast) {
      const sent = await messageOf(cast, 'ben', more)
      const fields = { content: `@asha@north.test ${changed}`, edit_id: String(sent?.['id']), ...alone }
      const update = answeredBy(cast, 'north.test', 'Update')
      must((await cast.snac.press('ben', 'note', fields)) < 400, 'snac2 takes it')
      await until('the Update is answered', update)
      await nextOf(cast)
      const page = (await requestOf(cast, 'ben')) ?? ''
      await pressed(cast, `${page}/open`, {})
      const { text } = await cast.asha.get(page)
      must(text.includes(changed) && !text.includes(more), 'the opened text is the changed one')
      return undefined
    },
  },
  {
    limit: 'a private message that is deleted at snac2 stays here: snac2 tells only followers of its author',
    async see(cast) {
      const sent = await messageOf(cast, 'ben', changed)
      const fields = { action: 'Delete', id: String(sent?.['id']), actor: cast.snac.actor('ben') }
      must((await cast.snac.press('ben', 'action', fields)) < 400, 'snac2 takes it')
      const page = (await requestOf(cast, 'ben')) ?? ''
      return lasts(async () => (await cast.asha.get(page)).text.includes(changed))
    },
  },
  {
    name: 'she takes her answer back, and it is gone from his timeline',
    async play(cast) {
      const page = (await requestOf(cast, 'ben')) ?? ''
      const [, id = ''] = /take-back[^]*?name="answer" value="([^"]+)"/.exec((await cast.asha.get(page)).text) ?? []
      await pressed(cast, `${page}/take-back`, { answer: id })
      await until('his timeline is without it', async () => !(await messageOf(cast, 'ben', answer)))
      return undefined
    },
  },
  {
    name: 'she reports him to his server too: a Flag by the node, not by her',
    async play(cast) {
      const flag = answeredBy(cast, cast.snac.host, 'Flag')
      await pressed(cast, `${await requestOf(cast, 'ben')}/report`, { reason: 'A try.', forward: 'yes' })
      const { body, status } = await until('the Flag is answered', flag)
      must(status < 300, `snac2 takes it, and does not answer ${status}`)
      must(
        !body.includes(cast.actor) && body.includes('"https://north.test/actor"'),
        'it is by the node, and does not name her',
      )
      return undefined
    },
  },
]

/** Finds the first request from now on that carried an activity of a type to a host, or one inbox of it, once it is answered. */
export function answeredBy(
  { heard }: Cast,
  host: string,
  type: string,
  inbox = '',
): () => Promise<Exchange | undefined> {
  const begin = heard.length
  const isOf = ({ to, method, path, body }: Exchange): boolean =>
    to === host && method === 'POST' && path.startsWith(inbox) && typeOf(body) === type
  return async () => heard.slice(begin).find(isOf)
}

// Only those who are mentioned get it: a box of snac2's form, and in newer versions one of several choices.
const alone = { mentioned_only: 'on', visibility: 'mentioned' }

function typeOf(body: string): unknown {
  try {
    return (JSON.parse(body) as Json)['type'] // activities are objects
  } catch {
    return undefined
  }
}

// The worker has one more look at what it was given.
function nextOf(cast: Cast): Promise<unknown> {
  return until(
    'the inbox is empty',
    async () => (await rows(cast.north.node.app.db, 'select from inbox_activity limit 1')).length === 0,
  )
}

function before(text: string, mark: string): string {
  return text.slice(Math.max(0, text.indexOf(mark) - 2000), text.indexOf(mark))
}

/** Where a request of somebody's is, once it is in her list. */
export async function requestOf(cast: Cast, user: string): Promise<string | undefined> {
  const cards = (await cast.asha.get(paths.requests)).text.split('<li class="sw-card">')
  const card = cards.find((one) => isNamed(one, cast, user))
  return card === undefined ? undefined : /href="(\/me\/requests\/[^"]+)"/.exec(card)?.[1]
}

export async function messageOf({ snac }: Cast, user: string, text: string): Promise<Json | undefined> {
  return (await snac.timeline(user)).find((one) => String(one['content']).includes(text))
}

function sameList(value: unknown, wanted: readonly string[]): boolean {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return JSON.stringify(list) === JSON.stringify(wanted)
}
