/** How many may wait before they are asked for at once, and how long the first of them waits otherwise, in milliseconds. */
const enough = 16
const longestWait = 2

type Waiting<Value> = { readonly key: string; readonly answer: PromiseWithResolvers<Value | undefined> }

/**
 * Makes one question out of many that come within two milliseconds. Nothing is remembered: every answer comes
 * from a question that began after it was asked for. A question that fails fails for all whom it was for.
 */
export function gathering<Value>(
  ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | undefined> {
  let waiting: Waiting<Value>[] = []
  let timer: NodeJS.Timeout | undefined

  async function askForAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const these = waiting
    waiting = []
    try {
      const found = await ask([...new Set(these.map(({ key }) => key))])
      for (const { key, answer } of these) answer.resolve(found.get(key))
    } catch (error) {
      for (const { answer } of these) answer.reject(error)
    }
  }

  return (key) => {
    const answer = Promise.withResolvers<Value | undefined>()
    waiting.push({ key, answer })
    if (waiting.length >= enough) void askForAll()
    else timer ??= setTimeout(() => void askForAll(), longestWait)
    return answer.promise
  }
}
