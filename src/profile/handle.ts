import { concept } from '../common/vocabularies.ts'

/** The form of a handle (FEDERATION.md, Addresses): part of an address on the fediverse, so plain letters only. */
const form = /^[a-z0-9_]{3,30}$/

// Names of the node's own actors and addresses, and names that would pass for somebody who speaks for the node.
const reserved: ReadonlySet<string> = new Set(
  `about abuse accessibility account accounts actor actors admin administration administrator administrators all anonymous ap
   api app assets bot contact data_protection directory docs dpo everyone follow followers following foi governance healthcheck
   health help host hostmaster inbox info instance listing listings mail mailer_daemon me moderation moderator moderators
   news no_reply node nodeinfo noreply nobody null officer official org organisation organization outbox owner people person
   postmaster press privacy public root schemas security server service sideways sign_in sign_out staff statement support
   system team terms tags topic topics undefined user users vocabularies webfinger webmaster well_known`.split(/\s+/),
)

/** What somebody typed, as a handle is kept: without an @ before it, in lower case. */
export function asHandle(typed: string): string {
  return typed.trim().replace(/^@/, '').toLowerCase()
}

/** The rule that a handle breaks by itself, or undefined. Whether it is taken or was used before, only the node knows. */
export function handleProblem(handle: string): 'required' | 'pattern' | 'reserved' | undefined {
  if (handle === '') return 'required'
  if (!form.test(handle)) return 'pattern'
  return isReserved(handle) ? 'reserved' : undefined
}

// A role of the list is its own handle, under which it can be followed (FEDERATION.md, Addresses).
function isReserved(handle: string): boolean {
  return reserved.has(handle) || concept('roles', handle)?.broader !== undefined
}

/** Handles to offer for a name, best first: its plain letters, then with a number. None for a name without Latin letters. */
export function handlesFor(displayName: string): readonly string[] {
  const plain = displayName
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’.]/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøđłþð]/gu, (letter) => plainLetters[letter] ?? letter)
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 26)
    .replace(/_+$/, '')
  if (plain === '') return []
  return [plain, ...Array.from({ length: 8 }, (_, index) => `${plain}_${index + 2}`)].filter(
    (handle) => handleProblem(handle) === undefined,
  )
}

const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  þ: 'th',
  ð: 'd',
}
