import type { Account } from '../accounts/account.ts'
import { later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Db } from '../database/database.ts'
import type { Card } from '../directory/card.ts'
import { exactlyForReader } from '../directory/nearby.ts'
import { newestEntries, type Span } from '../directory/recent-views.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { queryOf, settlingTime, type Look, type SavedSearch } from './search.ts'
import { searchesOf } from './views.ts'

/** At most so many people of one search in one mail; one more says that there are more. */
export const mostInMail = 10
/** At most so many people in a feed. */
export const mostInFeed = 50

/** Whoever is new to a person in each of her searches with a weekly mail, as she may see them now. */
export async function lookForNews(db: Db, account: Account, now: Date): Promise<readonly Look[]> {
  const until = later(now, -settlingTime)
  const looks: Look[] = []
  for (const search of await searchesOf(db, account.id, now)) {
    if (!search.mails) continue
    const found = await ifPossible(
      peopleIn(db, account, search, now, mostInMail + 1, { after: search.toldUntil, until }),
    )
    looks.push({
      search,
      cards: (found ?? []).slice(0, mostInMail),
      hasMore: (found ?? []).length > mostInMail,
      toldUntil: found && until,
    })
  }
  return looks
}

/** The people in a search as its owner may see them now, newest first, without herself. Throws what a search throws. */
export async function peopleIn(
  db: Db,
  account: Account,
  search: SavedSearch,
  now: Date,
  limit: number,
  span?: Span,
): Promise<readonly Card[]> {
  const viewer = await viewerOf(db, account)
  const query = exactlyForReader(queryOf(search), viewer, now)
  return newestEntries(db, now, viewer, query, { limit, ...(span ? { span } : {}) })
}

// A search that this version cannot ask, or that takes too long, must not keep the others from their mail.
async function ifPossible<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof InvalidInput || (error instanceof Refusal && error.code === 'search-too-slow'))
      return undefined
    throw error
  }
}
