import type { KeyObject } from 'node:crypto'
import { day, instantOf, later, minute, rfc3339 } from '../common/clock.ts'
import { multikey, publicKeyFromMultikey } from '../common/multibase.ts'
import type { AllowList } from '../common/schema-types.ts'
import { hasValidProof, proofOf } from './statement.ts'

/** A list that is whole: what its steward signed, with nothing else in it. */
export type CleanAllowList = {
  readonly url: string
  readonly name: string
  readonly steward: string
  /** The Ed25519 Multikey that signed it. Pinned when an administrator subscribes. */
  readonly stewardKey: string
  readonly issuedAt: Date
  readonly validUntil: Date
  readonly items: readonly ListedDirectory[]
}

/** A directory that a list names; `key` where the steward has compared it. */
export type ListedDirectory = {
  readonly directoryId: string
  readonly host: string
  readonly organisation: string
  readonly country: string | null
  readonly key: string | null
}

/** Why a list is not believed; each has its sentence in words/…/partners.json. */
export const listTroubles = [
  'no-answer',
  'host-not-allowed',
  'broken',
  'forged',
  'other-key',
  'from-future',
  'too-long',
  'expired',
  'older',
] as const
export type ListTrouble = (typeof listTroubles)[number]

/** How long a list may be valid after it was signed, in days (FEDERATION.md 3.2). */
export const listDays = 90
/** The largest list that is read, in bytes. */
export const largestList = 2 * 1024 * 1024
/** A node subscribes to at most so many lists. */
export const mostLists = 20

const clockTolerance = 5 * minute

/** A list as it came from `url`, judged by FEDERATION.md 3.2; `parse` checks the schema and throws. Whose key it is, is not checked. */
export function readAllowList(
  document: unknown,
  url: string,
  now: Date,
  parse: (input: unknown) => AllowList,
): { readonly list: CleanAllowList } | { readonly trouble: ListTrouble } {
  let parsed: AllowList
  try {
    parsed = parse(document)
  } catch {
    // Whatever the schema has against it, nothing of it is believed.
    return { trouble: 'broken' }
  }
  const [key] = parsed.assertionMethod
  const issuedAt = instantOf(parsed.issued)
  const validUntil = instantOf(parsed.validUntil)
  if (!key || !issuedAt || !validUntil || parsed.id !== url) return { trouble: 'broken' }
  if (key.controller !== url || !key.id.startsWith(`${url}#`)) return { trouble: 'broken' }
  const items = parsed.items.map(directoryOf)
  if (!items.every((item) => item !== undefined) || hasTwice(items)) return { trouble: 'broken' }
  if (parsed.proof.verificationMethod !== key.id || !hasValidProof(document, key.publicKeyMultibase))
    return { trouble: 'forged' }
  if (issuedAt > later(now, clockTolerance)) return { trouble: 'from-future' }
  if (validUntil > later(issuedAt, listDays * day)) return { trouble: 'too-long' }
  if (validUntil <= now) return { trouble: 'expired' }
  const { name, steward } = parsed
  return { list: { url, name, steward, stewardKey: key.publicKeyMultibase, issuedAt, validUntil, items } }
}

/** What speaks against a list in the place of the one that is kept: another key, or an older issue. */
export function newerListTrouble(
  list: Pick<CleanAllowList, 'stewardKey' | 'issuedAt'>,
  kept: { readonly stewardKey: string; readonly issuedAt: Date },
): ListTrouble | undefined {
  if (list.stewardKey !== kept.stewardKey) return 'other-key'
  return list.issuedAt < kept.issuedAt ? 'older' : undefined
}

/** What a steward writes by hand: the rest is made when it is signed. `host` is that of the directory unless given. */
export type ListDraft = {
  readonly id: string
  readonly name: string
  readonly steward: string
  readonly items: readonly {
    readonly directory: string
    readonly host?: string
    readonly organisation: string
    readonly country?: string
    readonly key?: string
  }[]
}

/** A draft as a list that is signed now and valid for 90 days. What it holds is not checked. */
export function signAllowList(
  draft: ListDraft,
  keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  now: Date,
): AllowList {
  const { id, name, steward, items } = draft
  const method = `${id}#key`
  const unsigned = {
    id,
    type: 'DirectoryAllowList' as const,
    name,
    steward,
    assertionMethod: [
      { id: method, type: 'Multikey' as const, controller: id, publicKeyMultibase: multikey(keys.publicKey) },
    ] satisfies AllowList['assertionMethod'],
    issued: rfc3339(now),
    validUntil: rfc3339(later(now, listDays * day)),
    items: items.map((item) => ({ ...item, host: item.host ?? URL.parse(item.directory)?.host ?? '' })),
  }
  const { '@context': _none, ...proof } = proofOf(unsigned, keys.privateKey, method, now)
  return { ...unsigned, proof }
}

/** The address of a list as it is meant by what somebody typed; undefined when it is none. */
export function listUrl(text: string): string | undefined {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.href.length > 512)
    return undefined
  url.hash = ''
  return url.href
}

function directoryOf(item: AllowList['items'][number]): ListedDirectory | undefined {
  const { directory, host, organisation, country, key } = item
  if (URL.parse(directory)?.host !== host) return undefined
  if (key !== undefined && !publicKeyFromMultikey(key)) return undefined
  return { directoryId: directory, host, organisation, country: country ?? null, key: key ?? null }
}

// One host has one directory: a second one would let a list say two things of the same node.
function hasTwice(items: readonly ListedDirectory[]): boolean {
  return new Set(items.map(({ host }) => host)).size < items.length
}
