import { paths } from '../../../src/common/paths.ts'
import { isNamed, letIn, noteOf, openFlag, pressed, stateOf } from './steps-following.ts'
import type { Json } from './snac.ts'
import type { Cast, Limit, Step } from './story.ts'
import { must, until } from './waiting.ts'

const question = 'could we talk about road maps?'
const answer = 'Yes, happy to. Wednesday?'
const more = 'Wednesday is fine.'

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
      return undefined
    },
  },
]

/** Where a request of somebody's is, once it is in her list. */
async function requestOf(cast: Cast, user: string): Promise<string | undefined> {
  const cards = (await cast.asha.get(paths.requests)).text.split('<li class="sw-card">')
  const card = cards.find((one) => isNamed(one, cast, user))
  return card === undefined ? undefined : /href="(\/me\/requests\/[^"]+)"/.exec(card)?.[1]
}

async function messageOf({ snac }: Cast, user: string, text: string): Promise<Json | undefined> {
  return (await snac.timeline(user)).find((one) => String(one['content']).includes(text))
}

function sameList(value: unknown, wanted: readonly string[]): boolean {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return JSON.stringify(list) === JSON.stringify(wanted)
}
