import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { parse } from '../common/parse.ts'
import type { AllowList } from '../common/schema-types.ts'
import { listUrl, readAllowList, signAllowList, type ListDraft } from './allow-list.ts'
import { leaveList, subscribeToList } from './allow-list-actions.ts'
import { allowListByUrl, allowLists, type ListOverview } from './allow-list-views.ts'
import type { AllowListTools } from './tools.ts'

/** What `sideways allow-lists …` was asked. */
export type AllowListsCommand = AllowListTools & { readonly verb: string; readonly url: string | undefined }

/** A list as the command line prints it with --json; times are ISO 8601. */
export type AllowListLine = {
  readonly url: string
  readonly name: string
  readonly steward: string
  readonly fingerprint: string
  readonly named: number
  readonly partners: number
  readonly takenOff: number
  readonly issued: string
  readonly validUntil: string
  readonly checked: string
  readonly trouble: string | null
}

/** Does `allow-lists list | add <url> | refresh | remove <url>`; undefined for another verb or a missing address. */
export async function allowListsFromCommandLine(
  app: App,
  { verb, url: typed, fetchList, refreshList }: AllowListsCommand,
): Promise<{ readonly lists: readonly AllowListLine[]; readonly text: string } | undefined> {
  if (verb === 'refresh') for (const { id } of await allowLists(app.db)) await refreshList(app, id)
  if (verb === 'list' || verb === 'refresh') return shown(await allowLists(app.db))
  if ((verb !== 'add' && verb !== 'remove') || typed === undefined) return undefined
  const url = listUrl(typed)
  if (url === undefined) throw new InvalidInput([{ field: 'url', rule: 'format' }])
  if (verb === 'remove') {
    const known = await allowListByUrl(app.db, url)
    if (!known) throw new Refusal('allow-list-unknown')
    await leaveList(app, known.id)
    return shown(await allowLists(app.db))
  }
  const fetched = await fetchList(app, url)
  if ('trouble' in fetched) throw new InvalidInput([{ field: 'url', rule: fetched.trouble }])
  await subscribeToList(app, fetched.list)
  return shown((await allowLists(app.db)).filter((list) => list.url === url))
}

function shown(lists: readonly ListOverview[]): { readonly lists: readonly AllowListLine[]; readonly text: string } {
  const lines = lists.map((list): AllowListLine => ({
    url: list.url,
    name: list.name,
    steward: list.steward,
    fingerprint: fingerprint(list.stewardKey),
    named: list.named,
    partners: list.partners,
    takenOff: list.left,
    issued: list.issuedAt.toISOString(),
    validUntil: list.validUntil.toISOString(),
    checked: list.checkedAt.toISOString(),
    trouble: list.trouble,
  }))
  return { lists: lines, text: lines.map(textOf).join('\n') || 'You follow no list yet.' }
}

function textOf(line: AllowListLine): string {
  return [
    `${line.url}  ${line.name}`,
    `  kept by: ${line.steward}`,
    `  nodes: ${line.named}, of which partners: ${line.partners}; partners taken off it: ${line.takenOff}`,
    `  signed: ${line.issued}, good until: ${line.validUntil}, last asked: ${line.checked}`,
    `  key: ${line.fingerprint}  (compare it by phone)`,
    ...(line.trouble === null ? [] : [`  trouble: ${line.trouble}`]),
  ].join('\n')
}

/**
 * Signs a steward's draft with the key in a file, which is made on the first use (PKCS 8, readable by its owner alone). Returns the list
 * and the fingerprint that subscribers compare. InvalidInput for a draft that nobody would believe.
 */
export async function signFromFiles(
  draftFile: string,
  keyFile: string,
  now: Date,
): Promise<{ readonly list: AllowList; readonly fingerprint: string; readonly madeKey: boolean }> {
  const draft = await draftIn(draftFile)
  const madeKey = await makeKeyUnlessThere(keyFile)
  const privateKey = createPrivateKey(await readFile(keyFile))
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new InvalidInput([{ field: 'key', rule: 'ed25519' }])
  const list = signAllowList(draft, { privateKey, publicKey: createPublicKey(privateKey) }, now)
  refuseFaults(list)
  const read = readAllowList(list, draft.id, now, (input) => parse('allow-list', input))
  if ('trouble' in read) throw new InvalidInput([{ field: 'items', rule: 'directories' }])
  return { list, fingerprint: fingerprint(read.list.stewardKey), madeKey }
}

// Named by their place in the draft, which is what the steward sees.
function refuseFaults(list: AllowList): void {
  try {
    parse('allow-list', list)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const faults = error.problems.map(({ field, rule }) => `${field} (${rule})`)
    throw new InvalidInput([{ field: 'draft', rule: 'parts', detail: { list: faults.slice(0, 20).join(', ') } }])
  }
}

async function draftIn(file: string): Promise<ListDraft> {
  let draft: unknown
  try {
    draft = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidInput([{ field: 'draft', rule: 'json' }])
    if (isFileError(error, 'ENOENT')) throw new InvalidInput([{ field: 'draft', rule: 'missing', detail: { file } }])
    throw error
  }
  if (!isDraft(draft)) throw new InvalidInput([{ field: 'draft', rule: 'json' }])
  return draft
}

// Enough to sign it; what it holds is checked by the schema once it is signed. Its id is compared letter by letter.
function isDraft(draft: unknown): draft is ListDraft {
  if (typeof draft !== 'object' || draft === null || !('id' in draft) || !('items' in draft)) return false
  const { id, items } = draft
  return (
    typeof id === 'string' &&
    listUrl(id) === id &&
    Array.isArray(items) &&
    items.every(
      (item: unknown) =>
        typeof item === 'object' && item !== null && 'directory' in item && typeof item.directory === 'string',
    )
  )
}

async function makeKeyUnlessThere(keyFile: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync('ed25519')
  try {
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (isFileError(error, 'EEXIST')) return false
    throw error
  }
}

function isFileError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
