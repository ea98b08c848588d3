import { execFileSync } from 'node:child_process'
import { appendFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openWithdrawalLog, WithdrawalLogError, type Withdrawal } from '../../src/common/withdrawal-log.ts'

const origin = 'https://north.example'
let folder: string
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sideways-log-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const aFile = (): string => join(folder, 'deep', `${(files += 1)}.log`)

function line(number: number, still: readonly string[] = ['here']): Withdrawal {
  return { number, at: '2026-11-22T09:00:00Z', account: `account${number}`, listing: `listing${number}`, still }
}

test('a log is made with its folder, is read by nobody else, and names its node', async () => {
  const log = await openWithdrawalLog(aFile(), origin)
  expect((await stat(log.path)).mode & 0o777).toBe(0o600)
  expect(await readFile(log.path, 'utf8')).toBe(`{"log":"sideways-withdrawals","version":1,"origin":"${origin}"}\n`)
  expect(await log.read()).toEqual({ withdrawals: [], mark: 0, marks: 0, torn: 0 })
})

test('what was written is read, also after it was opened again', async () => {
  const log = await openWithdrawalLog(aFile(), origin)
  const flag: Withdrawal = { number: 2, at: '2026-11-22T09:00:01Z', account: 'b', flag: 'f' }
  await log.append([line(1)])
  await log.append([flag], 7)
  await log.append([], 8)
  const again = await openWithdrawalLog(log.path, origin)
  expect(await again.read()).toEqual({ withdrawals: [line(1), flag], mark: 8, marks: 2, torn: 0 })
})

test('the log of another node is refused, and so is a file that is no log', async () => {
  const log = await openWithdrawalLog(aFile(), origin)
  await expect(openWithdrawalLog(log.path, 'https://south.example')).rejects.toThrow(
    /belongs to https:\/\/north\.example, and this node is https:\/\/south\.example/,
  )
  const other = join(folder, 'letter.txt')
  await writeFile(other, 'Dear Asha,\n')
  await expect(openWithdrawalLog(other, origin)).rejects.toMatchObject({ code: 'not-a-log' })
  await expect(openWithdrawalLog(join(other, 'log'), origin)).rejects.toBeInstanceOf(WithdrawalLogError)
  expect(await readFile(other, 'utf8')).toBe('Dear Asha,\n')
})

test('wherever a write was cut off, the lines before and after it are read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 200 }), async (cut) => {
      const log = await openWithdrawalLog(aFile(), origin)
      await log.append([line(1)])
      const { size } = await stat(log.path)
      await log.append([line(2)])
      const whole = (await stat(log.path)).size
      await truncate(log.path, Math.min(size + cut, whole))
      await log.append([line(3)], 4)
      const { withdrawals, mark } = await log.read()
      const isWhole = size + cut >= whole - 1 // the end of the line may be what is missing
      expect(withdrawals.map(({ number }) => number)).toEqual(isWhole ? [1, 2, 3] : [1, 3])
      expect(mark).toBe(4)
    }),
    { numRuns: 40 },
  )
})

test('a line that nobody can read is counted and left aside', async () => {
  const log = await openWithdrawalLog(aFile(), origin)
  await appendFile(log.path, '{"number":"two"}\nnot even this\n{"number":1.5,"at":"x","account":"a","flag":"f"}\n')
  await log.append([line(4)])
  expect(await log.read()).toEqual({ withdrawals: [line(4)], mark: 0, marks: 0, torn: 3 })
})

test('a rewritten log holds what it was given, and is still ours alone', async () => {
  const log = await openWithdrawalLog(aFile(), origin)
  await log.append([line(1), line(2)], 3)
  await log.rewrite([line(2)], 3)
  expect(await log.read()).toEqual({ withdrawals: [line(2)], mark: 3, marks: 1, torn: 0 })
  expect((await stat(log.path)).mode & 0o777).toBe(0o600)
  await log.append([line(5)])
  expect((await log.read()).withdrawals).toEqual([line(2), line(5)])
})

test('a disk that hangs is one that cannot be used', async () => {
  const path = aFile()
  const log = await openWithdrawalLog(path, origin, 100)
  await rm(path)
  execFileSync('mkfifo', [path]) // whoever reads it waits until somebody writes
  await expect(log.read()).rejects.toThrow('the disk did not answer within 100 ms')
  await (await open(path, 'r+')).close()
})
