/** Some time from one moment to another, in milliseconds of Unix time; the end is no longer part of it. */
export type Span = { readonly from: number; readonly until: number }

const hourLong = 3_600_000

/** The same time as spans in order that neither meet nor touch; what has no length is left out. */
export function joined(spans: readonly Span[]): readonly Span[] {
  const inOrder = spans.filter(({ from, until }) => from < until).toSorted((one, other) => one.from - other.from)
  const found: Span[] = []
  for (const span of inOrder) {
    const last = found.at(-1)
    if (!last || last.until < span.from) found.push(span)
    else if (last.until < span.until) found[found.length - 1] = { from: last.from, until: span.until }
  }
  return found
}

/** The time that is in both. Both are in order and do not meet, as `joined` and `weekIn` give them. */
export function overlap(one: readonly Span[], other: readonly Span[]): readonly Span[] {
  const found: Span[] = []
  let next = 0
  for (const span of one) {
    while ((other[next]?.until ?? Infinity) <= span.from) next += 1
    for (let index = next; ; index += 1) {
      const met = other[index]
      if (!met || met.from >= span.until) break
      found.push({ from: Math.max(span.from, met.from), until: Math.min(span.until, met.until) })
    }
  }
  return found
}

/** The time of `spans` that is in none of `taken`. Both are in order and do not meet. */
export function without(spans: readonly Span[], taken: readonly Span[]): readonly Span[] {
  return spans.flatMap((span) => {
    const left: Span[] = []
    let from = span.from
    for (const one of overlap([span], taken)) {
      left.push({ from, until: one.from })
      from = one.until
    }
    left.push({ from, until: span.until })
    return left.filter((one) => one.from < one.until)
  })
}

/** How many hours they are together. */
export function hoursOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, until }) => sum + (until - from), 0) / hourLong
}

/** Whether a proposed time lies wholly within the hours of a week. */
export function fits(span: Span, week: readonly Span[]): boolean {
  return span.from < span.until && week.some(({ from, until }) => from <= span.from && span.until <= until)
}

/**
 * Every time of that length (in minutes) within the hours of a week, in order, which begins at a full step (in minutes) of the
 * clock. A quarter of an hour is one on every clock in use; half an hour is not in Nepal.
 */
export function freeSlots(week: readonly Span[], minutes: number, step = 15): readonly Span[] {
  const [length, pace] = [minutes * 60_000, step * 60_000]
  return week.flatMap(({ from, until }) => {
    const first = Math.ceil(from / pace) * pace
    const count = Math.max(0, Math.floor((until - length - first) / pace) + 1)
    return Array.from({ length: count }, (_, index) => ({
      from: first + index * pace,
      until: first + index * pace + length,
    }))
  })
}
