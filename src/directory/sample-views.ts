import { later, minute } from '../common/clock.ts'
import { rows, type Reader } from '../database/database.ts'
import type { Audience } from './order.ts'
import { sampleOf, sampleSize, type Sample, type SampledEntry } from './route.ts'
import { commonWords } from './store.ts'
import { noParameters, visibleEntries } from './visible.ts'

type Kept = { readonly sample: Sample; readonly until: Date }

const lasting = 10 * minute
const shortLasting = minute / 2 // what is small now may be large soon
// By the database that it was read from. It decides how a search is worked out, never whom it finds, so that it may be old.
const kept = new WeakMap<object, Map<Audience, Kept>>()

/** A fair part of the people whom an audience sees, read at most every ten minutes. */
export async function currentSample(reader: Reader, audience: Audience, now: Date): Promise<Sample> {
  const { connection } = reader.manager
  const byAudience = kept.get(connection) ?? new Map<Audience, Kept>()
  kept.set(connection, byAudience)
  const known = byAudience.get(audience)
  if (known && known.until > now && later(known.until, -lasting) <= now) return known.sample
  const given = noParameters()
  const entries = await rows<SampledEntry>(
    reader,
    `select e.lid::text as place, array_to_string(e.facets, ' ') as facets, e.flag_ends_at ${visibleEntries(given, { audience, now })}
     order by e.lid limit ${sampleSize}`,
    given.values,
  )
  const sample = sampleOf(entries, await commonWords(reader), now)
  byAudience.set(audience, { sample, until: later(now, sample.size < sampleSize ? shortLasting : lasting) })
  return sample
}
