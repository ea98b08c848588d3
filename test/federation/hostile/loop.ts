import process from 'node:process'

/** How long nothing else could run in this thread. */
export type LoopWatch = {
  /** The longest since the last call, in milliseconds of processor time: what other programs take of the machine does not count. */
  longest(): number
  end(): void
}

/** Watches the event loop of this thread from now on. */
export function watchLoop(): LoopWatch {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let before = used()
  let longest = 0
  const tick = (): void => {
    const now = used()
    longest = Math.max(longest, now - before)
    before = now
  }
  const timer = setInterval(tick, 10).unref()
  return {
    longest() {
      tick()
      const found = longest
      longest = 0
      return found
    },
    end: () => clearInterval(timer),
  }
}
