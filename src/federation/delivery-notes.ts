import type { App } from '../app.ts'
import type { HostState } from './delivery-circuit.ts'
import { finishAttempts, type Written } from './delivery-actions.ts'

/** What happened and is not written down yet: it would happen again after a sudden death. */
export type Notes = {
  add(outcome: Written['outcomes'][number]): void
  /** Lets a delivery wait without having been tried. */
  putOff(id: string, until: Date): void
  /** A host's turn is over. Everything of it is written, and then `ended` is told. */
  endTurn(host: string, ended: Partial<EndedTurn>): void
  /** Writes what is left, and waits until all of it is written. Rejects when something could not be. */
  settle(): Promise<void>
}

type EndedTurn = { readonly state: HostState; readonly isBack: boolean; readonly isRefused: boolean }

/** Milliseconds after which, and outcomes at which, what happened is written down. */
const longestUnwritten = 50
const mostUnwritten = 200

/** Gathers what many turns came to, so that one transaction writes for many hosts. */
export function takeNotes(app: App, ended: (hosts: readonly string[]) => Promise<void>): Notes {
  let unwritten = nothing()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let fault: unknown

  const write = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const written = unwritten
    unwritten = nothing()
    writing = writeAfter(writing, written)
    return writing
  }
  const writeAfter = async (last: Promise<void>, written: ReturnType<typeof nothing>): Promise<void> => {
    await last
    if (written.size === 0) return
    try {
      await finishAttempts(app, written)
      if (written.ended.length > 0) await ended(written.ended)
    } catch (error) {
      fault ??= error
    }
  }
  const noted = (): void => {
    unwritten.size += 1
    if (unwritten.size >= mostUnwritten) void write()
    else timer ??= setTimeout(() => void write(), longestUnwritten)
  }
  return {
    add(outcome) {
      unwritten.outcomes.push(outcome)
      noted()
    },
    putOff(id, until) {
      unwritten.putOff.push({ id, until })
      noted()
    },
    endTurn(host, { state, isBack, isRefused }) {
      unwritten.ended.push(host)
      if (state) unwritten.hosts.set(host, state)
      if (isBack) unwritten.back.push(host)
      if (isRefused) unwritten.refused.push(host)
      noted()
    },
    async settle() {
      await write()
      if (fault !== undefined) throw fault
    },
  }
}

function nothing() {
  return {
    size: 0,
    outcomes: [] as Written['outcomes'][number][],
    putOff: [] as { readonly id: string; readonly until: Date }[],
    hosts: new Map<string, HostState>(),
    back: [] as string[],
    refused: [] as string[],
    ended: [] as string[],
  }
}
