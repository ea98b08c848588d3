import type { Needs } from '../app.ts'
import type { App } from '../app.ts'
import type { Chat } from '../chats/record.ts'
import { otherRecord } from '../chats/steps.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { profileOf } from '../profile/views.ts'
import { forgetMet, rememberMet } from '../suggestions/steps.ts'
import { askAt } from './question.ts'
import { addToCount, addWorth, keepWorth } from './worth-store.ts'
import { worthOf } from './worth-views.ts'
import { heard, messageOf, shared, unsaid, type Worth, type WorthAnswer, type WorthOutcome } from './worth.ts'

/** What these steps need beside a transaction. */
export type Learning = Pick<Needs, 'now'> & Pick<App, 'secrets'>

/**
 * Begins what follows a chat whose time is over, once for each side: the question for her next working day, the memory that the two have
 * met, and the count. Returns what she has said of it so far.
 */
export async function beginAfter(tx: Tx, needs: Learning, chat: Chat): Promise<Worth> {
  const until = chat.exchange.plan.slot?.until ?? needs.now()
  const own = (await profileOf(tx, chat.accountId))?.fields ?? {}
  const at = askAt(until, own, chat.endsAt)
  const added = await addWorth(tx, chat.id, at)
  if (added) {
    await rememberMet(tx, { ...pairIn(needs, chat), at: until })
    await enqueue(tx, 'learning.ask', { chatId: chat.id }, { key: chat.id, runAt: at })
  }
  if (added === 'begun') await addToCount(tx, 'agreed', 1)
  return (await worthOf(tx, chat.id)) ?? unsaid
}

/** Writes down what one side says, counts it, and tells the other side what she may hear: here at once, elsewhere by a job. */
export async function keepSaid(
  tx: Tx,
  needs: Learning,
  chat: Chat,
  before: Worth,
  { worth, isToTell }: WorthOutcome,
): Promise<void> {
  await keepWorth(tx, chat.id, worth)
  await keepMemory(tx, needs, chat, before.answer, worth.answer)
  if (isToTell) await tellOther(tx, needs, chat, worth)
  // Last: everybody counts what was agreed before what was said of it, so that nobody waits for each other.
  await countAnswer(tx, before.answer, worth.answer)
}

/** Writes down what the other side tells, and answers where that is due. */
export async function keepHeard(
  tx: Tx,
  needs: Learning,
  chat: Chat,
  before: Worth,
  outcome: WorthOutcome,
): Promise<void> {
  const { worth, isToTell } = outcome
  await keepWorth(tx, chat.id, worth)
  // Who has not answered yet sees it when she does.
  if (worth.theirWish && !before.theirWish && !worth.wishes && shared(worth.answer) !== null)
    await enqueue(tx, 'learning.tell-wish', { chatId: chat.id }, { key: chat.id })
  if (isToTell) await tellOther(tx, needs, chat, worth)
}

async function tellOther(tx: Tx, needs: Learning, chat: Chat, worth: Worth): Promise<void> {
  if (chat.peer.accountId === null) return enqueue(tx, 'federation.send-worth', { chatId: chat.id }, { key: chat.id })
  const other = await otherRecord(tx, needs, chat)
  if (!other) return
  const before = await beginAfter(tx, needs, other)
  await keepHeard(tx, needs, other, before, heard(before, messageOf(worth)))
}

async function countAnswer(tx: Tx, before: WorthAnswer | null, after: WorthAnswer | null): Promise<void> {
  const place = Number(shared(after) !== null) - Number(shared(before) !== null)
  const worth = Number(after === 'yes') - Number(before === 'yes')
  if (place !== 0) await addToCount(tx, 'took-place', place)
  if (worth !== 0) await addToCount(tx, 'worth-it', worth)
}

// Who did not meet may be suggested to each other again.
async function keepMemory(
  tx: Tx,
  needs: Learning,
  chat: Chat,
  before: WorthAnswer | null,
  after: WorthAnswer | null,
): Promise<void> {
  const pair = pairIn(needs, chat)
  if (after === 'did-not-happen' && before !== after) await forgetMet(tx, pair)
  if (after !== 'did-not-happen' && before === 'did-not-happen')
    await rememberMet(tx, { ...pair, at: chat.exchange.plan.slot?.until ?? needs.now() })
}

/** Her and the other one, as the memory of pairs knows them. */
export function pairIn(needs: Learning, { accountId, peer }: Chat) {
  return { hashingKey: needs.secrets.hashing, accountId, personId: peer.actor }
}
