import { addresses } from '../common/addresses.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { mayAskFor } from './ask-views.ts'
import { datesOf, deedsOf, lineProblems, type Introduction, type Word } from './introduction.ts'
import { agree, hearRequest, hearWord, say, type Introductions, type Request } from './steps.ts'
import { addIntroduction, countAttempt, keepStanding, lockIntroductions, removeEnded, removeMessage } from './store.ts'
import { introductionOf, nextMessage } from './views.ts'
import { enqueue } from '../jobs/queue.ts'

/** A request to be introduced, as its asker makes it: the keys of two directory entries, and one line. */
export type Asking = { readonly introducer: string; readonly target: string; readonly line: string }

/**
 * Asks one person to introduce her to another, and returns the id of her own record. InvalidInput (line); Refusal introduction-not-askable,
 * which `mayAskFor` explains.
 */
export function askForIntroduction(needs: Introductions, accountId: string, asking: Asking): Promise<{ id: string }> {
  return needs.db.transaction(async (tx) => {
    await lockIntroductions(tx)
    const now = needs.now()
    const line = needs.config.requestText ? asking.line.replaceAll(/\s+/g, ' ').trim() : ''
    const problems = needs.config.requestText ? lineProblems(line) : []
    if (problems.length > 0) throw new InvalidInput(problems)
    const may = await mayAskFor({ ...needs, db: tx }, accountId, asking, now)
    if (!may.may) throw new Refusal('introduction-not-askable')
    const at = addresses(needs.config.origin)
    const one: Introduction = {
      id: needs.newId(),
      accountId,
      part: 'asker',
      personId: may.personId,
      asker: at.person(may.personId),
      introducer: may.introducer.document.featuredObject,
      target: may.target.document.featuredObject,
      askOffer: at.introduction(may.personId, needs.newId()),
      passOffer: null,
      line,
      standing: 'asked',
      madeAt: now,
      agreedUntil: null,
      ...datesOf(now),
    }
    await addIntroduction(tx, one, now)
    await say(tx, needs, one, 'ask')
    return { id: one.id }
  })
}

/**
 * The yes of who knows both, which goes on to the third, or that of the third. Refusal introduction-unknown, introduction-not-possible.
 */
export function agreeToIntroduction(needs: Introductions, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const one = await hers(tx, needs, accountId, id, 'answer')
    if (one.part === 'target') {
      await agree(tx, needs, one)
      return say(tx, needs, one, 'yes')
    }
    const passOffer = addresses(needs.config.origin).introduction(one.personId, needs.newId())
    await keepStanding(tx, id, { standing: 'passed', passOffer })
    await say(tx, needs, { ...one, standing: 'passed', passOffer }, 'pass')
  })
}

/** Not now, of either of them: nobody is told who said it, or why. Refusal as above. */
export function declineIntroduction(needs: Introductions, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const one = await hers(tx, needs, accountId, id, 'answer')
    await keepStanding(tx, id, { standing: 'ended' })
    await say(tx, needs, one, 'no')
  })
}

/** Takes the request back: it goes from the others. Refusal as above. */
export function withdrawIntroduction(needs: Introductions, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const one = await hers(tx, needs, accountId, id, 'withdraw')
    await keepStanding(tx, id, { standing: 'withdrawn' })
    await say(tx, needs, one, 'undo')
  })
}

async function hers(
  tx: Tx,
  needs: Introductions,
  accountId: string,
  id: string,
  deed: 'answer' | 'withdraw',
): Promise<Introduction> {
  await lockIntroductions(tx)
  const one = await introductionOf(tx, accountId, id, needs.now())
  if (!one) throw new Refusal('introduction-unknown')
  if (!deedsOf(one, needs.now()).includes(deed)) throw new Refusal('introduction-not-possible')
  return one
}

/** A request of another node comes for a person here; `hearRequest` says what becomes of it. */
export function receiveRequest(needs: Introductions, personId: string, request: Request): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockIntroductions(tx)
    await hearRequest(tx, needs, personId, request)
  })
}

/** An answer or an Undo of another node comes; `hearWord` says what becomes of it. */
export function receiveWord(
  needs: Introductions,
  said: { readonly word: Exclude<Word, 'ask' | 'pass'>; readonly from: string; readonly offer: string },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockIntroductions(tx)
    await hearWord(tx, needs, said)
  })
}

/** Writes down how sending went: the next message at once, the same one later, or nothing more of it. */
export function finishSending(
  needs: Introductions,
  introductionId: string,
  number: string,
  outcome: 'sent' | 'hopeless' | { readonly nextTry: Date },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const isOver = outcome === 'sent' || outcome === 'hopeless'
    if (isOver) await removeMessage(tx, introductionId, number)
    else await countAttempt(tx, introductionId, number)
    if (!(await nextMessage(tx, introductionId))) return
    const runAt = isOver ? needs.now() : outcome.nextTry
    await enqueue(tx, 'federation.send-introduction', { introductionId }, { key: introductionId, runAt })
  })
}

/** Clears away what has ended. None of it was shown any more. */
export function tidyIntroductions(needs: Introductions): Promise<void> {
  return needs.db.transaction((tx) => removeEnded(tx, needs.now()))
}
