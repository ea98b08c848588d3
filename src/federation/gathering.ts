/**
 * Makes one question out of many: while one is under way, whoever asks meanwhile waits for the next, which asks for all of them. Nothing
 * is remembered: every answer comes from a question that began after it was asked for. A question that fails fails for all whom it was
 * for. At most `most` keys go into one.
 */
export function gathering<Value>(
  ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  most = 200,
): (key: string) => Promise<Value | undefined> {
  type Waiting = { readonly key: string; readonly answer: PromiseWithResolvers<Value | undefined> }
  const waiting: Waiting[] = []
  let isAsking = false

  async function askOnce(): Promise<void> {
    const these = waiting.splice(0, most)
    try {
      const found = await ask([...new Set(these.map(({ key }) => key))])
      for (const { key, answer } of these) answer.resolve(found.get(key))
    } catch (error) {
      for (const { answer } of these) answer.reject(error)
    }
  }

  async function askWhileSomebodyWaits(): Promise<void> {
    isAsking = true
    while (waiting.length > 0) await askOnce()
    isAsking = false
  }

  return (key) => {
    const answer = Promise.withResolvers<Value | undefined>()
    waiting.push({ key, answer })
    if (!isAsking) void askWhileSomebodyWaits()
    return answer.promise
  }
}
