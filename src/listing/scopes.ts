import type { Field } from '../profile/profile.ts'
import type { Purpose, Receipt } from '../profile/receipt.ts'

export type { Purpose }

/** How a yes or a no was said. */
export type Channel = Receipt['channel']

/** What a person can say yes to, each by itself; `discovery` only on top of `public`. */
export const purposes: readonly Purpose[] = ['here', 'partners', 'public', 'discovery']

/** Where somebody is listed. */
export type Scopes = { readonly [P in Purpose]: boolean }

/** Listed nowhere: how everyone begins. */
export const nowhere: Scopes = { here: false, partners: false, public: false, discovery: false }

/**
 * The wording in force for each purpose: words/…/listing.json holds it under consent.{purpose}.{version}. A changed
 * wording gets a new version and a new key, since a receipt names the version.
 */
const wordingVersions: Readonly<Record<Purpose, string>> = { here: 'v1', partners: 'v1', public: 'v1', discovery: 'v1' }

/** The version of a purpose's wording in one language, as receipts name it: `public.v1.cy`. */
export function wordingVersion(purpose: Purpose, language: string): string {
  return `${purpose}.${wordingVersions[purpose]}.${language}`
}

/** Where the wording of a purpose is among the words. */
export function wordingKey(purpose: Purpose): string {
  return `listing:consent.${purpose}.${wordingVersions[purpose]}`
}

/** The switches after a yes to one purpose. */
export function allowed(scopes: Scopes, purpose: Purpose): Scopes {
  return { ...scopes, [purpose]: true }
}

/** The switches after a no to one purpose: discovery needs public, so it ends with it. */
export function ended(scopes: Scopes, purpose: Purpose): Scopes {
  return { ...scopes, [purpose]: false, ...(purpose === 'public' ? { discovery: false } : {}) }
}

/** Whether somebody is listed anywhere. */
export function isListed(scopes: Scopes): boolean {
  return scopes.here || scopes.partners || scopes.public
}

/** The purposes that are on before and off after, in the order of `purposes`. */
export function switchedOff(before: Scopes, after: Scopes): readonly Purpose[] {
  return purposes.filter((purpose) => before[purpose] && !after[purpose])
}

/**
 * Which ids end with a change. Narrowing is a withdrawal for those who lose access, and the rest get new ids: so nobody who
 * saw the old ids can tell that the new ones are the same person (docs/decisions/leaving-public-is-for-good.md). A person who is public keeps her id
 * when partner nodes lose the listing: everyone may know it.
 */
export function endedIds(before: Scopes, after: Scopes): { readonly listing: boolean; readonly person: boolean } {
  const losesPublic = before.public && !after.public
  const losesPartners = before.partners && !after.partners
  return { listing: losesPublic || losesPartners, person: losesPublic || (losesPartners && !after.public) }
}

/** The switches as they stood at an instant, rebuilt from the permission log alone. */
export function scopesAt(receipts: readonly Pick<Receipt, 'purpose' | 'given' | 'at'>[], instant: Date): Scopes {
  const until = receipts
    .filter(({ at }) => at.getTime() <= instant.getTime())
    .toSorted((one, other) => one.at.getTime() - other.at.getTime())
  const switches = until.filter(({ purpose }) => purposes.some((one) => one === purpose))
  return switches.reduce<Scopes>((scopes, { purpose, given }) => ({ ...scopes, [purpose]: given }), nowhere)
}

/** Since when a switch is on, by the permission log with the newest first: a yes that only changed its limits does not count. */
export function onSince(
  receipts: readonly Pick<Receipt, 'purpose' | 'given' | 'at'>[],
  purpose: Purpose,
): Date | undefined {
  const of = receipts.filter((receipt) => receipt.purpose === purpose)
  const off = of.findIndex(({ given }) => !given)
  return of.slice(0, off === -1 ? undefined : off).at(-1)?.at
}

/** What a person chooses from when she goes public, by profile field; `onlyOne` needs a second yes of its own. */
export const publicChoices = [
  'sector',
  'country',
  'languages',
  'shares',
  'wantsToTry',
  'introduction',
  'picture',
  'onlyOne',
] as const satisfies readonly Field[]
export type PublicChoice = (typeof publicChoices)[number]

/** Part of every public page. A field stands for its whole group (profile/audience.ts). */
export const alwaysPublic = ['displayName', 'roles', 'organisation', 'links'] as const satisfies readonly Field[]

/** Whether the text names a choice. */
export function isPublicChoice(text: string): text is PublicChoice {
  return publicChoices.some((choice) => choice === text)
}
