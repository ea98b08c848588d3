import type { ListingDocument } from '../directory/document.ts'
import { tellingWords, wordsIn } from '../directory/words.ts'
import type { Asker } from './asker.ts'

/** An organisation, as two listings can be compared: the words of its name, also in one text, and the host of its site. */
export type Organisation = {
  readonly words: ReadonlySet<string>
  readonly name: string
  readonly site: string | undefined
}

/** The organisation of a name as it was typed, and of the address of its site. */
export function organisationOf(name: string | undefined, url?: string): Organisation {
  const words = wordsIn(name ?? '')
  const telling = tellingWords(words)
  const kept = new Set(telling.length > 0 ? telling : words)
  return { words: kept, name: [...kept].toSorted().join(' '), site: siteOf(url) }
}

/** Whether two people are of one organisation: the same words in its name, or the same site. */
export function isSameOrganisation(one: Organisation, other: Organisation): boolean {
  return (one.name !== '' && one.name === other.name) || (one.site !== undefined && one.site === other.site)
}

/** The same, or the words of one name are all in the other: "Cardiff Council" and "City of Cardiff Council". */
export function mayBeSameOrganisation(one: Organisation, other: Organisation): boolean {
  if (isSameOrganisation(one, other)) return true
  const [fewer, more] = one.words.size <= other.words.size ? [one.words, other.words] : [other.words, one.words]
  return fewer.size > 0 && fewer.isSubsetOf(more)
}

/**
 * Whether a person may be of the asker's own organisation: rather one too many left out than a colleague shown. Where either of them says so at her boundaries, everybody of the same node
 * counts: names are typed in many ways, and that promise is not to break by one.
 */
export function isOwnOrganisation(asker: Asker, document: ListingDocument, isOfThisNode: boolean): boolean {
  const keepsOut = asker.keepsOwnOut || (document.peerChat?.boundaries?.includes('not-my-organisation') ?? false)
  if (keepsOut && isOfThisNode) return true
  const { name, url } = document.worksFor
  return mayBeSameOrganisation(organisationOf(asker.organisation), organisationOf(name, url))
}

function siteOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  return new URL(url).host.replace(/^www\./, '') || undefined
}
