/** How one name stands after it asked: what it may have in a window, what is left of that, and in how many seconds all of it is back. */
export type Standing = {
  readonly most: number
  readonly left: number
  readonly seconds: number
  /** There was not enough left; nothing was taken. */
  readonly isOver: boolean
}

export type Quota = {
  /** Takes `points` for `name` at a moment: milliseconds of one clock, whichever it is. */
  take(name: string, points: number, at: number): Standing
}

/**
 * At most `most` points for each name in a window of `time` milliseconds, which begins with its first question. Kept in memory, and
 * strangers choose the names: of more than `holds`, the oldest is forgotten.
 */
export function quotaOf(most: number, time: number, holds = 50_000): Quota {
  const windows = new Map<string, { taken: number; readonly until: number }>()
  return {
    take(name, points, at) {
      const known = windows.get(name)
      const isRunning = known !== undefined && known.until > at && known.until <= at + time // a clock may be set back
      const window = isRunning ? known : { taken: 0, until: at + time }
      if (!isRunning) {
        windows.delete(name) // so that it is the newest again
        const oldest = windows.size >= holds ? windows.keys().next().value : undefined
        if (oldest !== undefined) windows.delete(oldest)
        windows.set(name, window)
      }
      const isOver = window.taken + points > most
      if (!isOver) window.taken += points
      return { most, left: most - window.taken, seconds: Math.ceil((window.until - at) / 1000), isOver }
    },
  }
}
