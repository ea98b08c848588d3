import { isHostsFailure, isOpen, endsTurn, verdictOf, type Attempt } from './delivery-circuit.ts'
import type { SigningKey } from './cavage.ts'

/** One body as one of our actors sends it. */
export type Letter = {
  readonly body: string
  /** The Digest header, computed once for the body. */
  readonly digest: string
  readonly key: SigningKey
}

/** One POST to make. */
export type Errand = {
  readonly id: string
  readonly inbox: string
  /** Errands of one chain go out one after the other, and none after one that failed. */
  readonly chain: string
  /** Its place in the turn's letters. */
  readonly letter: number
}

/** What is due for one host, oldest first. */
export type Turn = {
  readonly letters: readonly Letter[]
  readonly errands: readonly Errand[]
  /** Failures of the host in a row, until now. */
  readonly failures: number
}

export type Post = (inbox: string, letter: Letter) => Promise<Omit<Attempt, 'id'>>

/** Requests to one host at a time. */
const atOnce = 2
/** A host that takes longer than so many milliseconds lets others go on, and comes again. */
const longestTurn = 15_000

/**
 * Sends what is due for one host, at most two at a time, and reports each attempt as it ends. Whatever is not reported was not tried:
 * a host that does not answer is not asked for the rest, and a chain ends with its first failure. A host whose circuit is open is asked
 * once before anything else. Once `isEnding`, nothing new is begun.
 */
export async function runTurn(
  turn: Turn,
  post: Post,
  report: (attempt: Attempt) => void,
  isEnding: () => boolean,
): Promise<void> {
  const waiting = [...turn.errands]
  const busy = new Set<string>() // chains
  let failures = turn.failures
  let isOver = false
  const begin = performance.now()

  const next = (): Errand | undefined => {
    if (isOver || isEnding() || performance.now() - begin > longestTurn) return undefined
    const index = waiting.findIndex(({ chain }) => !busy.has(chain))
    return index === -1 ? undefined : waiting.splice(index, 1)[0]
  }
  const run = async (errand: Errand): Promise<void> => {
    const letter = turn.letters[errand.letter]
    if (!letter) throw new Error(`delivery ${errand.id} has no letter`)
    busy.add(errand.chain)
    const attempt = { id: errand.id, ...(await post(errand.inbox, letter)) }
    failures = isHostsFailure(attempt) ? failures + 1 : 0
    if (endsTurn(attempt, failures)) isOver = true
    // The chain stays closed behind what must be tried again.
    if (verdictOf(attempt) !== 'again') busy.delete(errand.chain)
    report(attempt)
  }
  const goOn = async (): Promise<void> => {
    for (let errand = next(); errand; errand = next()) await run(errand)
  }

  if (isOpen(turn)) {
    const probe = next()
    if (probe) await run(probe)
  }
  await Promise.all(Array.from({ length: atOnce }, goOn))
}
