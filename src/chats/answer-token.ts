import { timingSafeEqual } from 'node:crypto'
import { Refusal } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import { paths } from '../common/paths.ts'
import { mostTimes } from './chat.ts'

/** What a link in a mail answers, for whoever has it and without signing in: not now, or yes to one of the times, counted from 1. */
export type MailedAct = 'not-now' | `time-${1 | 2 | 3}`

/** A request that a link answers: her own record of it, and her. */
export type Answered = { readonly accountId: string; readonly id: string }

/** The address in a mail that leads to one answer. It says nothing of either person, and works until the request is answered or ends. */
export function answerLink(
  { origin, hashingKey }: { readonly origin: string; readonly hashingKey: string },
  chat: Answered,
  act: MailedAct,
): string {
  return `${origin}${paths.chatByMail}?token=${encodeURIComponent(answerToken(hashingKey, chat, act))}`
}

/** The token of such a link: it is for this answer to this request alone. */
export function answerToken(hashingKey: string, { accountId, id }: Answered, act: MailedAct): string {
  return `${accountId}.${id}.${act}.${keyedHash(hashingKey, `answer chat ${accountId} ${id} ${act}`)}`
}

/** What a token answers, and how. Refusal link-unknown when this node did not make it. */
export function readAnswerToken(hashingKey: string, token: string): Answered & { readonly act: MailedAct } {
  const [accountId = '', id = '', given = ''] = token.split('.')
  const act = acts.find((one) => one === given)
  if (act === undefined || !isSame(token, answerToken(hashingKey, { accountId, id }, act)))
    throw new Refusal('link-unknown')
  return { accountId, id, act }
}

/** Which of the offered times an act says yes to, counted from 0; undefined for "not now". */
export function timeOfAct(act: MailedAct): number | undefined {
  return act === 'not-now' ? undefined : Number(act.slice('time-'.length)) - 1
}

const times = ['time-1', 'time-2', 'time-3'] as const
const acts: readonly MailedAct[] = ['not-now', ...times.slice(0, mostTimes)]

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
