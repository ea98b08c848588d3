import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { BackupError } from './backup-error.ts'

/** A sequence as it stood, so that no number is given a second time. */
export type Sequence = {
  readonly table: string
  readonly column: string
  readonly last: string
  readonly called: boolean
}

/** The first line of a backup. */
export type BackupHeader = {
  readonly format: 'sideways-backup'
  readonly version: 1
  readonly origin: string
  readonly software: string
  readonly madeAt: string
  readonly migrations: readonly string[]
  /** In the order of the file; `job` stands for the queue. */
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly sequences: readonly Sequence[]
}

/** The last line: how many rows each table has, and SHA-256, in lower-case hex, of every byte before this line. */
type End = { readonly rows: Readonly<Record<string, number>>; readonly sha256: string }

/** Rows of one table as COPY writes them (text format); afterwards `rowCount` says how many they were. */
export type Rows = AsyncIterable<Buffer> & { readonly rowCount: number }

/**
 * Writes a backup: a gzip'd file of a header line, for each table its rows and a line `\.`, and an end line. It appears under its
 * name only when it is whole, readable by its owner alone; one of that name is replaced. Returns its rows and bytes.
 */
export async function writeFile(
  path: string,
  header: BackupHeader,
  rowsOf: (table: string) => Rows,
): Promise<{ readonly rows: Readonly<Record<string, number>>; readonly bytes: number }> {
  const part = `${path}.part`
  const counted: Record<string, number> = {}
  try {
    await rm(part, { force: true })
    const output = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(linesOf(header, rowsOf, counted), createGzip({ level: 6 }), output)
    await rename(part, path)
    await settle(dirname(path))
    return { rows: counted, bytes: output.bytesWritten }
  } catch (error) {
    await rm(part, { force: true })
    const { syscall, message } = faultOf(error)
    throw syscall === undefined
      ? error
      : new BackupError('file', `${path} cannot be written: ${String(message)}`, error)
  }
}

async function* linesOf(
  header: BackupHeader,
  rowsOf: (table: string) => Rows,
  counted: Record<string, number>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes)
    return bytes
  }
  yield hashed(Buffer.from(`${JSON.stringify(header)}\n`))
  for (const { name } of header.tables) {
    const rows = rowsOf(name)
    for await (const bytes of rows) yield hashed(bytes)
    counted[name] = rows.rowCount
    yield hashed(endOfRows)
  }
  const end: End = { rows: counted, sha256: hash.digest('hex') }
  yield Buffer.from(`${JSON.stringify(end)}\n`)
}

const longestLine = 64 * 1024 * 1024

// In COPY's text format a backslash in data is doubled, so no row reads like this.
const endOfRows = Buffer.from('\\.\n')
const endOfRowsInside = Buffer.from('\n\\.\n')

// The new name is there after a power cut, too. Not every system can open a folder.
async function settle(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

type Fault = { readonly code?: unknown; readonly syscall?: unknown; readonly message?: unknown }

// What the system and zlib say of an error, whatever its class.
function faultOf(error: unknown): Fault {
  return typeof error === 'object' && error !== null ? error : {}
}

/** What is done with a backup while it is read: each table's rows come in pieces of whole rows. */
export type BackupReader = {
  readonly begin?: (header: BackupHeader) => Promise<void>
  readonly rows?: (table: string, bytes: Buffer) => Promise<void>
  readonly endTable?: (table: string) => Promise<void>
}

/**
 * Reads a backup from end to end and hands its parts over. Throws BackupError when it is no backup, of a later format, cut off or
 * changed; that shows at its end, so read it once without a reader before you believe a part of it.
 */
export async function readFile(
  path: string,
  reader: BackupReader = {},
): Promise<{ readonly header: BackupHeader; readonly rows: Readonly<Record<string, number>> }> {
  const source = createReadStream(path)
  const bytes = createGunzip()
  source.once('error', (error) => bytes.destroy(error))
  source.pipe(bytes)
  try {
    return await readAll(path, bytes, reader)
  } catch (error) {
    const { code, syscall, message } = faultOf(error)
    if (message === 'incorrect header check') throw notOurs(path, error)
    if (typeof code === 'string' && code.startsWith('Z_')) throw damaged(path, error)
    if (syscall !== undefined) throw new BackupError('file', `${path} cannot be read: ${String(message)}`, error)
    throw error
  } finally {
    source.destroy()
    bytes.destroy()
    if (!source.closed) await once(source, 'close')
  }
}

async function readAll(path: string, input: AsyncIterable<Buffer>, reader: BackupReader) {
  const hash = createHash('sha256')
  const counted: Record<string, number> = {}
  let header: BackupHeader | undefined
  let at = 0 // which table
  let end: string | undefined
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of input) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    if (rest.length > longestLine) throw damaged(path)
    let whole = rest.lastIndexOf(10) + 1
    while (whole > 0) {
      if (end !== undefined) throw damaged(path)
      if (!header) {
        const line = rest.indexOf(10) + 1
        header = headerOf(path, rest.subarray(0, line - 1))
        take(hash, rest.subarray(0, line))
        await reader.begin?.(header)
        rest = rest.subarray(line)
      } else if (at === header.tables.length) {
        const line = rest.indexOf(10) + 1
        end = rest.toString('utf8', 0, line - 1)
        rest = rest.subarray(line)
      } else {
        const name = header.tables[at]?.name ?? ''
        const block = rest.subarray(0, whole)
        const marked = block.subarray(0, 3).equals(endOfRows) ? 0 : block.indexOf(endOfRowsInside) + 1
        const isEnd = marked > 0 || block.subarray(0, 3).equals(endOfRows)
        const rows = isEnd ? block.subarray(0, marked) : block
        counted[name] = (counted[name] ?? 0) + linesIn(rows)
        take(hash, rows)
        if (rows.length > 0) await reader.rows?.(name, rows)
        if (isEnd) {
          take(hash, endOfRows)
          await reader.endTable?.(name)
          at += 1
        }
        rest = rest.subarray(rows.length + (isEnd ? endOfRows.length : 0))
      }
      whole = rest.lastIndexOf(10) + 1
    }
  }
  if (!header || end === undefined || rest.length > 0 || !isRight(end, counted, hash)) throw damaged(path)
  return { header, rows: counted }
}

function take(hash: Hash, bytes: Buffer): void {
  hash.update(bytes)
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}

function headerOf(path: string, line: Buffer): BackupHeader {
  const header = parsed(line.toString('utf8'))
  if (header?.['format'] !== 'sideways-backup') throw notOurs(path)
  if (header['version'] !== 1)
    throw new BackupError(
      'newer',
      `${path} was written by a newer version of Sideways (${String(header['software'])}). Install that version or a later one.`,
    )
  return header as unknown as BackupHeader // ours by its first words, and whole by its hash before anything is done with it
}

function isRight(line: string, counted: Readonly<Record<string, number>>, hash: Hash): boolean {
  const end = parsed(line) as Partial<End> | undefined
  const rows = Object.entries(end?.rows ?? {})
  return end?.sha256 === hash.digest('hex') && rows.every(([name, count]) => counted[name] === count)
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // whoever asks says what that means
  }
}

function notOurs(path: string, cause?: unknown): BackupError {
  const text = `${path} is not a backup of Sideways. Name a file that "npm run sideways -- backup" has written.`
  return new BackupError('no-backup', text, cause)
}

function damaged(path: string, cause?: unknown): BackupError {
  return new BackupError(
    'damaged',
    `${path} is cut off or was changed: its end does not fit what is in it. Nothing was written. Use another backup.`,
    cause,
  )
}
