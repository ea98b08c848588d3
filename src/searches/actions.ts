import type { Account } from '../accounts/account.ts'
import type { App, Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { randomToken, sha256Hex } from '../common/ids.ts'
import type { SearchQuery } from '../directory/query.ts'
import { enqueueAll } from '../jobs/queue.ts'
import {
  askedDays,
  cleanName,
  endFrom,
  feedSecret,
  idOfToken,
  keptQuery,
  mostSearches,
  nameProblems,
  type Look,
} from './search.ts'
import {
  changeSearch,
  endMails,
  keepFeed,
  keepLooked,
  keepSearch,
  lockCount,
  moveEnd,
  removeEnded,
  removeSearch,
  removeSearches,
  takeEnding,
} from './store.ts'
import { accountsToTell, searchOf } from './views.ts'

const atOnce = 500

type Owner = Pick<Account, 'id'>
type Hashing = Needs & { readonly secrets: Pick<App['secrets'], 'hashing'> }

/** What a person says of a search: what she calls it, and whether she wants the weekly mail. */
export type Said = { readonly name: string; readonly mails: boolean }

/** Saves a search for six months. InvalidInput for its name, Refusal searches-full. */
export function saveSearch(needs: Needs, who: Owner, query: SearchQuery, said: Said): Promise<void> {
  const name = checkedName(said.name)
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    if ((await lockCount(tx, who.id, now)) >= mostSearches) throw new Refusal('searches-full', { limit: mostSearches })
    await keepSearch(tx, {
      id: needs.newId(),
      accountId: who.id,
      name,
      query: keptQuery(query),
      savedAt: now,
      endsAt: endFrom(now),
      mails: said.mails,
      toldUntil: now,
    })
  })
}

/** Changes what a person said of a search. InvalidInput for its name, Refusal search-unknown. */
export function changeSaved(needs: Needs, who: Owner, id: string, said: Said): Promise<void> {
  const name = checkedName(said.name)
  return needs.db.transaction(async (tx) => {
    const change = { name, mails: said.mails }
    if (!(await changeSearch(tx, { id, accountId: who.id }, change, needs.now()))) throw new Refusal('search-unknown')
  })
}

/** Deletes a search with its feed. Nothing when it is gone. */
export function deleteSaved(needs: Needs, who: Owner, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeSearch(tx, { id, accountId: who.id })
  })
}

/** Keeps a search for six months from now on. Refusal search-unknown when it has ended. */
export function keepLonger(needs: Needs, who: Owner, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    if (!(await searchOf(tx, who.id, id, now))) throw new Refusal('search-unknown')
    await moveEnd(tx, id, endFrom(now), now)
  })
}

/** The same by a link in a mail. Refusals: link-unknown, search-unknown. */
export function keepByLink(needs: Hashing, token: string): Promise<void> {
  const id = idOfToken(needs.secrets.hashing, 'keep search', token)
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    if (!(await moveEnd(tx, id, endFrom(now), now))) throw new Refusal('search-unknown')
  })
}

/** Gives a search a new feed; an earlier one ends. Returns the secret of its address, which is kept nowhere. Refusal search-unknown. */
export function makeFeed(needs: Hashing, who: Owner, id: string): Promise<string> {
  const secret = feedSecret(needs.secrets.hashing, randomToken())
  return needs.db.transaction(async (tx) => {
    if (!(await keepFeed(tx, { id, accountId: who.id }, sha256Hex(secret), needs.now())))
      throw new Refusal('search-unknown')
    return secret
  })
}

/** Ends the feed of a search. Nothing when there is none. */
export function endFeed(needs: Needs, who: Owner, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await keepFeed(tx, { id, accountId: who.id }, null, needs.now())
  })
}

/** Ends the weekly mails about every search of the person whom a link in a mail is for. Refusal link-unknown. */
export function stopDigest(needs: Hashing, token: string): Promise<void> {
  const accountId = idOfToken(needs.secrets.hashing, 'stop digest', token)
  return needs.db.transaction((tx) => endMails(tx, accountId))
}

/** Queues the weekly mails that are due: the first a week after a search was saved, at most one a week for each person. */
export function queueDigests(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const due = await accountsToTell(tx, needs.now(), { limit: atOnce })
    await enqueueAll(
      tx,
      'searches.send-digest',
      due.map((accountId) => ({ payload: { accountId }, key: accountId })),
    )
  })
}

/** Remembers what was looked at for a weekly mail, once the mail has gone. */
export function noteLooked(needs: Needs, looks: readonly Look[]): Promise<void> {
  return needs.db.transaction((tx) =>
    keepLooked(
      tx,
      looks.map(({ search, toldUntil }) => ({ id: search.id, toldUntil })),
      needs.now(),
    ),
  )
}

/** Asks the owners of searches that end within two weeks whether to keep them, each once. */
export function askAboutEnds(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    const ids = await takeEnding(tx, now, later(now, askedDays * day), atOnce)
    await enqueueAll(
      tx,
      'searches.offer-renewal',
      ids.map((searchId) => ({ payload: { searchId }, key: searchId })),
    )
  })
}

/** Forgets all searches of somebody whose account was closed. */
export function forgetSearches(needs: Pick<Needs, 'db'>, accountId: string): Promise<void> {
  return needs.db.transaction((tx) => removeSearches(tx, accountId))
}

/** Forgets searches that have ended, and those that a restored backup still has of closed accounts. */
export function forgetEnded(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => removeEnded(tx, needs.now()))
}

function checkedName(text: string): string {
  const name = cleanName(text)
  const problems = nameProblems(name)
  if (problems.length > 0) throw new InvalidInput(problems)
  return name
}
