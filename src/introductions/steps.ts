import type { App, Needs } from '../app.ts'
import { accountById } from '../accounts/views.ts'
import { letAsk } from '../chats/steps.ts'
import { areApart } from '../chats/pair-views.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByPerson } from '../directory/views.ts'
import type { Card } from '../directory/card.ts'
import { enqueue } from '../jobs/queue.ts'
import { agreedDays, datesOf, heard, isWaiting, readerOf, type Introduction, type Word } from './introduction.ts'
import { addIntroduction, addMessage, keepStanding } from './store.ts'
import { haveComeEnough, mayWait, ownerOf, recordAbout } from './views.ts'

/** What introductions need beside a transaction, in which nobody else changes any (`lockIntroductions`). */
export type Introductions = Needs & Pick<App, 'config' | 'secrets'>

/** A request to introduce, or to be introduced, as it comes to one of the two who are asked. */
export type Request = Pick<Introduction, 'asker' | 'introducer' | 'target' | 'line' | 'madeAt'> & {
  /** IRI of what was sent to her. */
  readonly offer: string
  readonly word: 'ask' | 'pass'
}

/** Tells the next one: here at once, elsewhere by a signed POST. */
export async function say(tx: Tx, needs: Introductions, one: Introduction, word: Word): Promise<void> {
  const reader = readerOf(one, word)
  const personId = personIn(needs, reader)
  if (personId === undefined) {
    await addMessage(tx, one.id, word)
    await enqueue(
      tx,
      'federation.send-introduction',
      { introductionId: one.id },
      { key: one.id, whenPending: 'keep-time' },
    )
    return
  }
  const offer = offerOf(one, word)
  if (offer === null) return
  if (word === 'ask' || word === 'pass') {
    const { asker, introducer, target, line, madeAt } = one
    return hearRequest(tx, needs, personId, { offer, word, asker, introducer, target, line, madeAt })
  }
  await hearWord(tx, needs, { word, from: addresses(needs.config.origin).person(one.personId), offer })
}

/** The request that a word is about, as its reader knows it. */
export function offerOf(one: Introduction, word: Word): string | null {
  const isOfPass = one.part === 'target' || word === 'pass' || (one.part === 'introducer' && word === 'undo')
  return isOfPass ? one.passOffer : one.askOffer
}

/**
 * A request comes to a person here. Nothing is kept, and nobody told, where she is nobody here, or one of the three has blocked another; where
 * her directory does not show the others, or enough waits already, it is a no without a reason; of one sender not without end.
 */
export async function hearRequest(tx: Tx, needs: Introductions, personId: string, request: Request): Promise<void> {
  const now = needs.now()
  const owner = await ownerOf(tx, personId)
  if (!owner) return
  const { accountId } = owner
  const { offer, word, asker, introducer, target, line, madeAt } = request
  const part = word === 'ask' ? ('introducer' as const) : ('target' as const)
  const own = addresses(needs.config.origin).person(personId)
  const others = [asker, part === 'introducer' ? target : introducer]
  if (own !== (part === 'introducer' ? introducer : target) || new Set([asker, introducer, target]).size < 3) return
  const cards = await Promise.all(others.map((actor) => cardOf(tx, now, accountId, actor)))
  if (await isApartFrom(tx, needs, accountId, personId, others, cards)) return
  const dates = datesOf(madeAt)
  if (dates.answerBy <= now || (await haveComeEnough(tx, now, { part, asker, introducer }))) return
  const isFine = !cards.includes(undefined) && (await mayWait(tx, now, accountId, { part, asker, introducer, target }))
  const one: Introduction = {
    id: needs.newId(),
    accountId,
    part,
    personId,
    asker,
    introducer,
    target,
    askOffer: part === 'introducer' ? offer : null,
    passOffer: part === 'target' ? offer : null,
    line: needs.config.requestText ? line : '',
    standing: isFine ? 'asked' : 'ended',
    madeAt,
    agreedUntil: null,
    ...dates,
  }
  if (!(await addIntroduction(tx, one, now))) return
  if (isFine) await enqueue(tx, 'introductions.tell', { introductionId: one.id }, { key: one.id })
  else await say(tx, needs, one, 'no')
}

/** A yes, a no or an Undo comes to a person here. Nothing happens where its sender may not say it, or it comes twice or late. */
export async function hearWord(
  tx: Tx,
  needs: Introductions,
  said: { readonly word: Exclude<Word, 'ask' | 'pass'>; readonly from: string; readonly offer: string },
): Promise<void> {
  const now = needs.now()
  const one = await recordAbout(tx, now, said)
  if (!one) return
  const standing = heard(one, said.word)
  if (standing === one.standing || (said.word !== 'undo' && !isWaiting(one, now))) return
  if (standing === 'agreed') await agree(tx, needs, one)
  else await keepStanding(tx, one.id, { standing })
  if (one.part === 'introducer' && (said.word !== 'undo' || one.passOffer !== null))
    await say(tx, needs, one, said.word)
}

/** Writes a yes down: the asker may ask the target for a chat, once, flag or not. The introducer and the asker hear of it by mail. */
export async function agree(tx: Tx, needs: Introductions, one: Introduction): Promise<void> {
  const until = later(needs.now(), agreedDays * day)
  const agreedUntil = until < one.endsAt ? until : one.endsAt
  await keepStanding(tx, one.id, { standing: 'agreed', agreedUntil })
  if (one.part !== 'target')
    await enqueue(tx, 'introductions.tell', { introductionId: one.id }, { key: `${one.id} agreed` })
  if (one.part === 'introducer') return
  const actor = one.part === 'asker' ? one.target : one.asker
  const personId = personIn(needs, actor)
  const peer = personId === undefined ? undefined : await ownerOf(tx, personId)
  const side = one.part === 'asker' ? 'asker' : 'asked'
  await letAsk(
    tx,
    needs,
    { accountId: one.accountId, side, peer: { actor, accountId: peer?.accountId ?? null }, introducer: one.introducer },
    agreedUntil,
  )
}

/** What her own directory shows of an actor; undefined where it shows nothing. */
export async function cardOf(tx: Tx, now: Date, accountId: string, actor: string): Promise<Card | undefined> {
  const viewer = await viewerOf(tx, await accountById(tx, accountId))
  return entryByPerson(tx, now, viewer, actor)
}

async function isApartFrom(
  tx: Tx,
  needs: Introductions,
  accountId: string,
  personId: string,
  others: readonly string[],
  cards: readonly (Card | undefined)[],
): Promise<boolean> {
  const at = addresses(needs.config.origin)
  const own = { actor: at.person(personId), host: at.host }
  for (const [index, actor] of others.entries()) {
    const peer = { actor, host: new URL(actor).host, accountId: cards[index]?.accountId ?? null }
    if (await areApart(tx, accountId, peer, own)) return true
  }
  return false
}

/** The id of a person here, where an actor is hers. */
export function personIn({ config }: Pick<App, 'config'>, actor: string): string | undefined {
  const prefix = addresses(config.origin).person('')
  return actor.startsWith(prefix) ? actor.slice(prefix.length) : undefined
}
