import { access, constants, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What somebody took back. Random ids, times, and which questions; no answers. */
export type Withdrawal = {
  /** Of the change, as the database counts them; one change may take back several things. */
  readonly number: number
  /** RFC 3339. */
  readonly at: string
  readonly account: string
} & (
  | {
      /** The id of a listing that ended, or that fewer may see; `still` are the scopes in which its owner stays. */
      readonly listing: string
      readonly still: readonly string[]
    }
  /** Questions whose answers readers from that level on (profile.ts) saw, and see no more. */
  | { readonly answers: readonly string[]; readonly from: number }
  /** A flag that is not shown any more, or for less. */
  | { readonly flag: string }
  /** A listing whose public page is hidden for now. */
  | { readonly unlisted: string }
  /** The account was closed for good. */
  | { readonly closed: true }
)

/** Everything in the log. */
export type WithdrawalLogContent = {
  /** In the order in which they were written. */
  readonly withdrawals: readonly Withdrawal[]
  /** The newest count of starts and hours; 0 when there is none. */
  readonly mark: number
  /** Lines that cannot be read: a write that was cut off. */
  readonly torn: number
  readonly marks: number
}

/** The log of withdrawals, a file outside of the database (docs/decisions/a-log-outside-the-database.md). */
export type WithdrawalLog = {
  readonly path: string
  /** The whole log. Throws what the system says. */
  read(): Promise<WithdrawalLogContent>
  /** Writes lines at the end, by one write, and waits until the disk has them. Throws what the system says. */
  append(withdrawals: readonly Withdrawal[], mark?: number): Promise<void>
  /** Puts these lines in the place of all that were there. Only while nobody else writes. Throws what the system says. */
  rewrite(withdrawals: readonly Withdrawal[], mark: number): Promise<void>
}

/** The log cannot be used; the message says what to do. */
export class WithdrawalLogError extends Error {
  readonly code: 'other-node' | 'not-a-log' | 'not-writable' | 'new-log'
  constructor(code: WithdrawalLogError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'WithdrawalLogError'
    this.code = code
  }
}

// Milliseconds. Whoever withdraws waits for the disk, and with her whoever withdraws after her: a shared disk that hangs, rather than
// fails, must not keep anybody listed.
const longestWait = 10_000

/**
 * Opens the log of the node at `origin`; makes it, readable by its owner alone, when there is none. A disk that does not answer within
 * `patience` milliseconds is one that cannot be used. Throws WithdrawalLogError.
 */
export async function openWithdrawalLog(path: string, origin: string, patience = longestWait): Promise<WithdrawalLog> {
  const first = `${JSON.stringify({ log: 'sideways-withdrawals', version: 1, origin })}\n`
  const log: WithdrawalLog = {
    path,
    read: async () => contentOf(path, origin, await inTime(patience, () => readFile(path, 'utf8'))),
    append: (withdrawals, mark) => inTime(patience, () => append(path, first, linesOf(withdrawals, mark))),
    rewrite: (withdrawals, mark) =>
      inTime(patience, async (isLate) => {
        const part = `${path}.part`
        await rm(part, { force: true })
        await append(part, first, linesOf(withdrawals, mark))
        if (isLate()) return // others have written since
        await rename(part, path)
        await settleFolder(path)
      }),
  }
  try {
    await mkdir(dirname(path), { recursive: true })
    await append(path, first, '')
    await access(path, constants.R_OK | constants.W_OK)
    await settleFolder(path)
    await log.read()
    return log
  } catch (error) {
    if (error instanceof WithdrawalLogError) throw error
    throw new WithdrawalLogError(
      'not-writable',
      `The log of withdrawals, ${path}, cannot be written: ${messageOf(error)}. Without it nobody who withdrew would stay withdrawn after a restore. ` +
        'Give the file and its folder to the user that runs the node, or name another file in SIDEWAYS_WITHDRAWAL_LOG.',
      error,
    )
  }
}

async function inTime<Result>(patience: number, work: (isLate: () => boolean) => Promise<Result>): Promise<Result> {
  let isLate = false
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(new Error(`the disk did not answer within ${patience} ms`))
    }, patience)
  })
  try {
    return await Promise.race([work(() => isLate), late])
  } finally {
    clearTimeout(timer)
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}

function linesOf(withdrawals: readonly Withdrawal[], mark: number | undefined): string {
  const lines = withdrawals.map((one) => `${JSON.stringify(one)}\n`)
  if (mark !== undefined && mark > 0) lines.push(`${JSON.stringify({ mark })}\n`)
  return lines.join('')
}

// Opened for each write, so that several processes, on a shared disk too, find the file that is there now.
async function append(path: string, first: string, text: string): Promise<void> {
  const file = await open(path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await file.read(last, 0, 1, size - 1)
    // What follows a write that was cut off must not become part of its line.
    const before = size === 0 ? first : last[0] === 10 ? '' : '\n'
    const bytes = Buffer.from(before + text)
    if (bytes.length === 0) return
    const { bytesWritten } = await file.write(bytes)
    if (bytesWritten < bytes.length) throw new Error('the disk took only a part of it')
    await file.sync()
  } finally {
    await file.close()
  }
}

// A new name is there after a power cut, too. Not every system can open a folder.
async function settleFolder(path: string): Promise<void> {
  const folder = await open(dirname(path)).catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

function contentOf(path: string, origin: string, text: string): WithdrawalLogContent {
  const [first = '', ...lines] = text.split('\n')
  const header = objectIn(first)
  if (header?.['log'] !== 'sideways-withdrawals' || typeof header['origin'] !== 'string' || header['version'] !== 1)
    throw new WithdrawalLogError(
      'not-a-log',
      `${path} is not a log of withdrawals that this version can read. Name another file in SIDEWAYS_WITHDRAWAL_LOG, or bring back the one that was there.`,
    )
  if (header['origin'] !== origin)
    throw new WithdrawalLogError(
      'other-node',
      `The log of withdrawals ${path} belongs to ${header['origin']}, and this node is ${origin}. ` +
        'Name the log of this node in SIDEWAYS_WITHDRAWAL_LOG; a new node gets a new file.',
    )
  const withdrawals: Withdrawal[] = []
  const marks: number[] = []
  let torn = 0
  for (const line of lines) {
    if (line === '') continue
    const value = objectIn(line)
    const mark = value?.['mark']
    if (typeof mark === 'number') marks.push(mark)
    else if (isWithdrawal(value)) withdrawals.push(value)
    else torn += 1
  }
  return { withdrawals, mark: Math.max(0, ...marks), marks: marks.length, torn }
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // counted by whoever asks
  }
}

function isWithdrawal(value: Record<string, unknown> | undefined): value is Record<string, unknown> & Withdrawal {
  if (!value || !Number.isSafeInteger(value['number'])) return false
  if (typeof value['at'] !== 'string' || typeof value['account'] !== 'string') return false
  if (typeof value['flag'] === 'string' || typeof value['unlisted'] === 'string' || value['closed'] === true)
    return true
  if (Array.isArray(value['answers']) && Number.isSafeInteger(value['from'])) return true
  return typeof value['listing'] === 'string' && Array.isArray(value['still'])
}
