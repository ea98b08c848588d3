import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import {
  answerProblems,
  countedFor,
  endOf,
  isFirstAnswer,
  mayAnswer,
  mostAnswers,
  pauseDays,
  type Author,
  type Message,
  type OpenRequest,
} from './request.ts'
import {
  addAnswer,
  addRequest,
  addText,
  changeText,
  emptyAnswer,
  keepArrival,
  keepChoice,
  keepOvertaken,
  keepPause,
  keepSending,
  lockPerson,
  markSeen,
  refreshAuthor,
  removeEmpty,
  removeEnded,
  removeRequest,
  removeRequestsFrom,
  removeRequestsOf,
  removeText,
} from './store.ts'
import {
  admission,
  authorsOf,
  choiceOf,
  endedRequest,
  hashOf,
  requestOf,
  takerOf,
  waitingCount,
  type AdmissionRules,
  type Choice,
} from './views.ts'

/** What requests need beside a transaction. */
export type Requests = Needs & Pick<App, 'config' | 'secrets'>

/** The rules of this node by which messages are let in. */
export function rulesOf({ config, secrets }: Pick<App, 'config' | 'secrets'>): AdmissionRules {
  return { hashingKey: secrets.hashing, requestsPerDay: config.requestsPerDay }
}

/** A direct message to one public person: a request of its own, or one more text of the one that waits. Else nothing is kept. */
export function receiveMessage(needs: Requests, personId: string, author: Author, message: Message): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    const known = await takerOf(tx, now, personId)
    if (!known) return
    await lockPerson(tx, known.accountId)
    const taker = await takerOf(tx, now, personId) // she may have left while we waited for the lock
    if (!taker) return
    const { accountId } = taker
    const rules = rulesOf(needs)
    const admitted = await admission(tx, now, rules, { accountId, personId }, author)
    if (admitted.as === 'no') return
    const others = await waitingCount(tx, accountId, now)
    if (admitted.as === 'more') {
      if (!(await addText(tx, admitted.requestId, needs.newId(), message, endOf(message.cameAt)))) return
      await refreshAuthor(tx, admitted.requestId, author)
    } else {
      const ended = await endedRequest(tx, accountId, author.actor)
      if (ended) await removeRequest(tx, accountId, ended.id)
      const id = needs.newId()
      const context = message.context ?? addresses(needs.config.origin).conversation(id)
      await addRequest(tx, { ...author, id, kind: 'outside', accountId, personId, context })
      await addText(tx, id, needs.newId(), message, endOf(message.cameAt))
      await keepArrival(tx, accountId, hashOf(rules, author.host), now)
    }
    // One mail until she has looked, however many wait.
    if (others === 0 && (await choiceOf(tx, accountId)).wantsMail)
      await enqueue(tx, 'requests.tell-waiting', { accountId }, { key: accountId })
  })
}

/** Its author took a text back: it is gone, and the request with it unless something else is in it. */
export function receiveWithdrawal(needs: Needs, actor: string, note: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if ((await removeText(tx, actor, note)) > 0) await removeEmpty(tx)
  })
}

/** An actor is gone: whatever it asked anybody goes too. */
export function receiveGoneActor(needs: Needs, actor: string): Promise<void> {
  return needs.db.transaction((tx) => removeRequestsFrom(tx, actor))
}

/** Its author changed a text: the new one is in its place if nobody opened it, and stands beside it otherwise. */
export function receiveChangedText(
  needs: Needs,
  actor: string,
  note: string,
  change: { readonly text: string; readonly leftOut: boolean },
): Promise<void> {
  return needs.db.transaction((tx) => changeText(tx, actor, note, change))
}

/** She opens what was written. Nobody is told. Refusal request-unknown. */
export function openRequest(needs: Needs, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await herRequest(tx, needs, accountId, id)
    await markSeen(tx, id, needs.now())
  })
}

/**
 * Her answer, on its way to its one reader. InvalidInput when it is empty, too long, or the first and with a link; Refusal
 * request-unknown, request-not-opened, request-answered.
 */
export function answer(needs: Needs, accountId: string, requestId: string, text: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockPerson(tx, accountId)
    const request = await herRequest(tx, needs, accountId, requestId)
    if (request.answers.length >= mostAnswers) throw new Refusal('request-answered')
    if (!mayAnswer(request)) throw new Refusal('request-not-opened')
    const problems = answerProblems(text, isFirstAnswer(request))
    if (problems.length > 0) throw new InvalidInput(problems)
    const newest = request.texts.findLast(({ seenAt }) => seenAt !== null)
    if (!newest) throw new Refusal('request-not-opened')
    const id = needs.newId()
    const madeAt = needs.now()
    await addAnswer(tx, { id, requestId, inReplyTo: newest.note, text, madeAt, endsAt: endOf(madeAt) })
    await enqueue(tx, 'federation.send-reply', { replyId: id }, { key: id })
  })
}

/** Takes an answer back: its text is gone here at once, and its reader's server is asked to delete it. Refusal request-unknown. */
export function takeBack(needs: Needs, accountId: string, answerId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockPerson(tx, accountId)
    if (!(await emptyAnswer(tx, accountId, answerId, needs.now()))) throw new Refusal('request-unknown')
    await enqueue(tx, 'federation.send-reply', { replyId: answerId }, { key: answerId })
  })
}

/** Ignores a request: it is gone here, nobody is told, and its author cannot ask her again for 14 days. Refusal request-unknown. */
export function ignoreRequest(needs: Requests, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockPerson(tx, accountId)
    const removed = await removeRequest(tx, accountId, id)
    if (!removed) throw new Refusal('request-unknown')
    const until = later(needs.now(), pauseDays * day)
    await keepPause(tx, accountId, hashOf(rulesOf(needs), removed.actor), until)
  })
}

/** Removes the requests of everybody whom she, the host or a list has blocked since. */
export function forgetBlocked(needs: Needs, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockPerson(tx, accountId)
    for (const { id, actor, host } of await authorsOf(tx, accountId))
      if (await isBlockedFor(tx, accountId, { actor, host })) await removeRequest(tx, accountId, id)
  })
}

/** Whether she takes messages from outside, and wants to be told by mail that one waits. */
export function choose(needs: Needs, accountId: string, choice: Choice): Promise<void> {
  return needs.db.transaction((tx) => keepChoice(tx, accountId, choice))
}

/**
 * Writes down how sending an answer, or its Delete, went, and queues the next try. What was taken back while it was on its way is deleted
 * once more, since that Delete may have overtaken it.
 */
export function finishSending(
  needs: Needs,
  answerId: string,
  outcome: { readonly isTakenBack: boolean; readonly state: 'waiting' | 'sent' | 'failed'; readonly nextTry?: Date },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const isCurrent = await keepSending(tx, answerId, outcome.isTakenBack, outcome.state)
    const overtaken = !isCurrent && !outcome.isTakenBack && (await keepOvertaken(tx, answerId))
    if (overtaken || (isCurrent && outcome.state === 'waiting')) {
      const runAt = overtaken ? needs.now() : outcome.nextTry
      await enqueue(tx, 'federation.send-reply', { replyId: answerId }, { key: answerId, ...(runAt ? { runAt } : {}) })
    }
  })
}

/** A person left public scope, or her account was closed: what she was asked is gone. */
export function forgetPerson(needs: Needs, personId: string): Promise<void> {
  return needs.db.transaction((tx) => removeRequestsOf(tx, personId))
}

/** Clears away what has ended. None of it was shown any more. */
export function tidyRequests(needs: Needs): Promise<void> {
  const now = needs.now()
  return needs.db.transaction((tx) => removeEnded(tx, now, later(now, -countedFor)))
}

async function herRequest(tx: Tx, needs: Needs, accountId: string, id: string): Promise<OpenRequest> {
  const found = await requestOf(tx, accountId, id, needs.now())
  if (!found) throw new Refusal('request-unknown')
  return found
}
