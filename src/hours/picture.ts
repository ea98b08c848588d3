import type { ComparedDay, Comparison } from './comparison.ts'
import type { Span } from './span.ts'
import { wallClock } from './week.ts'

/** A bar of the picture. */
export type Bar = { readonly x: number; readonly width: number }

/** Two weeks as bars, in the units of an SVG's viewBox; a template draws it. */
export type Picture = {
  readonly width: number
  readonly height: number
  readonly ticks: readonly { readonly x: number; readonly label: string }[]
  readonly rows: readonly {
    readonly y: number
    readonly own: readonly Bar[]
    readonly theirs: readonly Bar[]
    readonly shared: readonly Bar[]
  }[]
}

// As wide as the narrowest screen, so that its letters can be read there.
const width = 320
const [left, right, top, rowHeight] = [64, 300, 24, 32]
const wholeDay = 24 * 60

/** Draws a comparison: the days below each other, the hours of the reader's clock from left to right, as few as are needed. */
export function pictureOf({ zone, days }: Comparison): Picture {
  const minutes = days.flatMap((day) => [...day.own, ...day.theirs].flatMap((span) => minutesOf(span, day, zone)))
  const first = Math.floor(Math.min(...minutes, 9 * 60) / 60)
  const last = Math.ceil(Math.max(...minutes, 17 * 60) / 60)
  const xOf = (minute: number): number => round(left + ((minute / 60 - first) / (last - first)) * (right - left))
  const bars = (spans: readonly Span[], day: ComparedDay): readonly Bar[] =>
    spans.map((span) => {
      const [from = 0, until = 0] = minutesOf(span, day, zone).map(xOf)
      return { x: from, width: round(Math.max(0, until - from)) }
    })
  const step = [1, 2, 3, 4, 6].find((one) => (last - first) / one <= 4) ?? 6
  return {
    width,
    height: top + days.length * rowHeight + 4,
    ticks: Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step).map(
      (hour) => ({ x: xOf(hour * 60), label: `${String(hour).padStart(2, '0')}:00` }),
    ),
    rows: days.map((day, index) => ({
      y: top + index * rowHeight,
      own: bars(day.own, day),
      theirs: bars(day.theirs, day),
      shared: bars(day.shared, day),
    })),
  }
}

/** Where a span lies on the clock of its day: an hour that comes twice has one place. */
function minutesOf({ from, until }: Span, { whole }: ComparedDay, zone: string): readonly [number, number] {
  const minuteOf = (moment: number): number => {
    const { hour, minute } = wallClock(moment, zone)
    return hour * 60 + minute
  }
  return [minuteOf(from), until === whole.until ? wholeDay : minuteOf(until)]
}

function round(length: number): number {
  return Math.round(length * 10) / 10
}
