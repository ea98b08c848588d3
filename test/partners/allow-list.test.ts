import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { generateKeyPairSync } from 'node:crypto'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { multikey } from '../../src/common/multibase.ts'
import { parse } from '../../src/common/parse.ts'
import { signFromFiles } from '../../src/partners/allow-list-command.ts'
import { listUrl, newerListTrouble, readAllowList, signAllowList } from '../../src/partners/allow-list.ts'

const now = new Date('2026-11-22T09:00:00Z')

describe('a list', () => {
  const url = 'https://stewards.example/list.json'
  const keys = generateKeyPairSync('ed25519')
  const items = [
    { directory: 'https://north.example/ap/directory', organisation: 'North Council', country: 'GB' },
    { directory: 'https://south.example/ap/directory', organisation: 'South Hospice' },
  ]
  const signed = () => signAllowList({ id: url, name: 'Our list', steward: 'Stewards', items }, keys, now)
  const read = (document: unknown, at = now, from = url) =>
    readAllowList(document, from, at, (input) => parse('allow-list', input))
  const again = (change: object) => {
    const { proof: _, ...unsigned } = signed()
    const draft = { ...unsigned, ...change } as unknown as Parameters<typeof signAllowList>[0]
    return signAllowList(draft, keys, now)
  }

  test('that a steward signed is read, with the key that signed it', () => {
    expect(read(JSON.parse(JSON.stringify(signed())))).toEqual({
      list: {
        url,
        name: 'Our list',
        steward: 'Stewards',
        stewardKey: multikey(keys.publicKey),
        issuedAt: now,
        validUntil: later(now, 90 * day),
        items: [
          {
            directoryId: 'https://north.example/ap/directory',
            host: 'north.example',
            organisation: 'North Council',
            country: 'GB',
            key: null,
          },
          {
            directoryId: 'https://south.example/ap/directory',
            host: 'south.example',
            organisation: 'South Hospice',
            country: null,
            key: null,
          },
        ],
      },
    })
  })

  test('is not believed once a single letter of it was changed', () => {
    const text = JSON.stringify(signed())
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), fc.constantFrom('a', '0', 'Z', ' '), (at, letter) => {
        if (text[at] === letter) return
        const changed = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`
        let document: unknown
        try {
          document = JSON.parse(changed)
        } catch {
          return
        }
        // A space between two terms is no change of what is said.
        if (JSON.stringify(document) === text) return
        expect(read(document)).toHaveProperty('trouble')
      }),
      { numRuns: 300 },
    )
  })

  test('has an end, and is not good before it was signed', () => {
    expect(read(signed(), later(now, 90 * day))).toEqual({ trouble: 'expired' })
    expect(read(signed(), later(now, 90 * day - minute))).toHaveProperty('list')
    expect(read(signed(), later(now, -hour))).toEqual({ trouble: 'from-future' })
  })

  test('from another address, with a directory off its host, or with one host twice, is broken', () => {
    expect(read(signed(), now, 'https://other.example/list.json')).toEqual({ trouble: 'broken' })
    const [north] = items
    expect(read(again({ items: [{ ...north, host: 'elsewhere.example' }] }))).toEqual({ trouble: 'broken' })
    expect(read(again({ items: [north, { ...north, directory: 'https://north.example/other' }] }))).toEqual({
      trouble: 'broken',
    })
    expect(read(again({ items: [{ ...north, key: `z${'1'.repeat(47)}` }] }))).toEqual({ trouble: 'broken' })
    for (const other of [null, [], 'list', {}, { ...signed(), proof: undefined }])
      expect(read(other)).toEqual({ trouble: 'broken' })
  })

  test('in the place of another needs its key, and may not be older', () => {
    const kept = { stewardKey: 'one', issuedAt: now }
    expect(newerListTrouble({ stewardKey: 'one', issuedAt: now }, kept)).toBeUndefined()
    expect(newerListTrouble({ stewardKey: 'two', issuedAt: later(now, day) }, kept)).toBe('other-key')
    expect(newerListTrouble({ stewardKey: 'one', issuedAt: later(now, -1000) }, kept)).toBe('older')
  })

  test('has an address without a fragment or a password', () => {
    expect(listUrl(' https://Stewards.example/list.json#key ')).toBe('https://stewards.example/list.json')
    for (const text of ['', 'stewards', 'ftp://x.example/', 'https://a:b@x.example/', 'javascript:alert(1)'])
      expect(listUrl(text)).toBeUndefined()
  })
})

describe('a steward', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steward-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('signs a draft with a key that is made once and stays the same', async () => {
    const draft = join(folder, 'draft.json')
    const key = join(folder, 'key.pem')
    await writeFile(
      draft,
      JSON.stringify({
        id: 'https://stewards.example/list.json',
        name: 'Our list',
        steward: 'Stewards',
        items: [{ directory: 'https://north.example/ap/directory', organisation: 'North Council' }],
      }),
    )
    const first = await signFromFiles(draft, key, now)
    expect(first.madeKey).toBe(true)
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    expect(first.list.items[0]).toMatchObject({ host: 'north.example' })
    const kept = await readFile(key, 'utf8')
    const second = await signFromFiles(draft, key, later(now, day))
    expect(second).toMatchObject({ madeKey: false, fingerprint: first.fingerprint })
    expect(await readFile(key, 'utf8')).toBe(kept)
    expect(
      readAllowList(second.list, second.list.id, later(now, day), (input) => parse('allow-list', input)),
    ).toHaveProperty('list')
  })

  test.each([
    ['no file', undefined, 'draft missing'],
    ['no JSON', '{', 'draft json'],
    ['no list', '[]', 'draft json'],
    ['an item without an organisation', { items: [{ directory: 'https://n.example/d' }] }, 'draft parts'],
    [
      'one host twice',
      {
        items: [
          { directory: 'https://n.example/d', organisation: 'x' },
          { directory: 'https://n.example/e', organisation: 'y' },
        ],
      },
      'items directories',
    ],
  ])('is told what is wrong with a draft: %s', async (what, content, problem) => {
    const draft = join(folder, `${what.replaceAll(' ', '-')}.json`)
    const base = { id: 'https://stewards.example/list.json', name: 'Our list', steward: 'Stewards' }
    if (content !== undefined)
      await writeFile(draft, typeof content === 'string' ? content : JSON.stringify({ ...base, ...content }))
    await expect(signFromFiles(draft, join(folder, 'other.pem'), now)).rejects.toThrow(problem)
  })
})
