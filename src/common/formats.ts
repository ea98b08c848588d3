// Intl's formats cost more to make than to use, and a page uses hundreds. The keys are ours (languages, zones, styles), not a
// stranger's; the bound is for time zones that people choose.
const kept = new Map<string, unknown>()
const keptMost = 1_000

/** The format of that key, made at the first call. One key always means one kind of format. */
export function formatOf<Format>(key: string, make: () => Format): Format {
  const known = kept.get(key)
  if (known !== undefined) return known as Format // made by the same `make`, as the key says
  if (kept.size >= keptMost) kept.clear()
  const made = make()
  kept.set(key, made)
  return made
}
