// A program of a bench that does what it is told over its channel, and answers each order once.
import type { ChildProcess } from 'node:child_process'

type Told<Order> = { readonly number: number; readonly order: Order }
type Answered =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly fault: string }

/** Gives one order; who gives it knows what is answered to it. */
export type Tell<Order> = <Answer>(order: Order) => Promise<Answer>

/** Gives orders to a child that obeys; each promise has its answer, or rejects with what went wrong, or when the child ends. */
export function ordersTo<Order>(child: ChildProcess): Tell<Order> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  // Our own program is on the other side.
  child.on('message', (said: Answered) => {
    const asked = waiting.get(said.number)
    waiting.delete(said.number)
    if ('fault' in said) asked?.reject(new Error(said.fault))
    else asked?.resolve(said.answer)
  })
  child.on('exit', () => {
    for (const asked of waiting.values()) asked.reject(new Error('a program of the bench ended'))
    waiting.clear()
  })
  return <Answer>(order: Order): Promise<Answer> => {
    const asked = Promise.withResolvers<unknown>()
    last += 1
    waiting.set(last, asked)
    child.send({ number: last, order } satisfies Told<Order>)
    return asked.promise as Promise<Answer> // the child's own type of answer
  }
}

type Obeyed<Order> = (order: Order) => unknown

/** Obeys orders until the channel closes, as many at once as come. */
export function obey<Order>(work: Obeyed<Order>): void {
  process.on('message', ({ number, order }: Told<Order>) => {
    Promise.resolve()
      .then(() => work(order))
      .then(
        (answer) => process.send?.({ number, answer: answer ?? null } satisfies Answered),
        (error: unknown) =>
          process.send?.({
            number,
            fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
          } satisfies Answered),
      )
  })
}
