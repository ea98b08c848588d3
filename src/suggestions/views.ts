import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { isCutOff, reading } from '../database/database.ts'
import { cardOf, type Viewer } from '../directory/card.ts'
import { profileOf } from '../profile/views.ts'
import { askerOf } from './asker.ts'
import { choosePeople } from './choose-views.ts'
import { memoryOf } from './memory-views.ts'
import { numbersFor, startFor } from './pool-views.ts'
import { reasonsOf } from './reasons.ts'
import { axes, reached } from './spread.ts'
import type { Suggestions } from './suggestion.ts'

const longestWork = 2_000 // milliseconds of one statement

/** What suggestions need of a node. */
export type SuggestionNeeds = Pick<App, 'db' | 'secrets'>

/**
 * Five people whom a member may want to meet: open to a chat, visible to her, with a common language and an hour a week in common
 * where that is known, not of her organisation, not set aside and not met. The same all day for the same directory. None without
 * an account or without languages in her profile. Refuses with search-too-slow rather than work for more than two seconds.
 */
export async function suggestionsFor(
  { db, secrets }: SuggestionNeeds,
  viewer: Viewer,
  now: Date,
): Promise<Suggestions> {
  const { accountId } = viewer
  const profile = accountId === undefined ? undefined : await profileOf(db, accountId)
  if (accountId === undefined || !profile) return { people: [], missing: [], setAside: 0 }
  const asker = askerOf(profile.fields, now)
  try {
    return await reading(db, longestWork, async (reader) => {
      const memory = await memoryOf(reader, secrets.hashing, accountId, now)
      if (asker.languages.size === 0) return { people: [], missing: [], setAside: memory.setAside }
      const chosen = await choosePeople(reader, {
        asker,
        sight: { audience: 'members', now, accountId },
        start: startFor(secrets.order, dayOf(now), accountId),
        numbers: await numbersFor(reader, asker),
        memory,
      })
      return {
        people: chosen.map(({ row, fit, score }) => ({
          card: cardOf(row, now, viewer),
          score,
          reasons: reasonsOf(fit),
        })),
        missing: axes.filter((axis) => chosen.length > 0 && !reached(chosen).has(axis)),
        setAside: memory.setAside,
      }
    })
  } catch (error) {
    if (isCutOff(error)) throw new Refusal('search-too-slow')
    throw error
  }
}
