import type { App } from '../app.ts'
import { rfc3339 } from '../common/clock.ts'
import { paths } from '../common/paths.ts'
import {
  concept,
  countryName,
  labelOf,
  languageName,
  slugOfIri,
  type Language,
  type VocabularyName,
} from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import type { Card } from './card.ts'
import type { Facet } from './facets.ts'
import type { Reason } from './why.ts'

/** A concept with the label to read. One that our lists lack has an `id` of its own, or none when it is in somebody's own words. */
export type Labelled = { readonly id?: string; readonly label: string }

/** A person as a page or the API shows her, in one language. The shape is that of `Listing` in schemas/openapi.json. */
export type Shown = {
  readonly key: string
  readonly url: string
  readonly name: string
  readonly listedBy: string
  readonly notConfirmedSince?: string
  readonly isYou: boolean
  readonly roles: readonly Labelled[]
  /** Of people of this node alone, on this node. */
  readonly picture?: { readonly url: string; readonly alt: string }
  readonly jobTitle?: string
  readonly onlyOne?: Labelled
  readonly organisation: {
    readonly name: string
    readonly url?: string
    readonly sector?: Labelled
    readonly country?: { readonly code: string; readonly name: string }
  }
  readonly place?: string
  readonly languages: readonly {
    readonly tag: string
    readonly name: string
    readonly level: string
    readonly levelName: string
  }[]
  readonly shares: readonly Labelled[]
  readonly wantsToTry: readonly Labelled[]
  readonly introduction?: string
  readonly flag: {
    readonly isOpen: boolean
    readonly endsAt?: string
    readonly kinds: readonly Labelled[]
    readonly boundaries: readonly Labelled[]
  }
  readonly links: readonly string[]
  readonly webfinger?: string
  readonly homePage?: string
  readonly updated: string
  readonly why: readonly string[]
}

/** What a card shows in one language. */
export function shown(card: Card, app: Pick<App, 'config'>, language: Language, t: Translate): Shown {
  const { document } = card
  const { worksFor } = document
  const end = card.openUntil
  const flag = end && document.peerChat
  const list = (name: VocabularyName, ids: readonly string[] | undefined): Labelled[] =>
    (ids ?? []).map((id) => labelled(name, id, language))
  const own = (texts: readonly string[] | undefined): Labelled[] => (texts ?? []).map((label) => ({ label }))
  return {
    key: card.key,
    url: `${app.config.origin}${paths.entry(card.key)}`,
    name: document.name,
    listedBy: card.host,
    ...(card.notConfirmedSince ? { notConfirmedSince: rfc3339(card.notConfirmedSince) } : {}),
    isYou: card.isMine,
    roles: document.hasOccupation.map((role) => roleShown(role, language)),
    ...(document.icon === undefined ? {} : { picture: { url: document.icon.url, alt: document.icon.name } }),
    ...(document.jobTitle === undefined ? {} : { jobTitle: document.jobTitle }),
    ...(document.onlyOne === undefined || document.onlyOne === 'none'
      ? {}
      : { onlyOne: labelled('only-one', document.onlyOne, language) }),
    organisation: {
      name: worksFor.name,
      ...(worksFor.url === undefined ? {} : { url: worksFor.url }),
      ...(worksFor.sector === undefined ? {} : { sector: labelled('sectors', worksFor.sector, language) }),
      ...(worksFor.addressCountry === undefined
        ? {}
        : { country: { code: worksFor.addressCountry, name: countryName(worksFor.addressCountry, language) } }),
    },
    ...(document.place === undefined ? {} : { place: document.place }),
    languages: (document.knowsLanguage ?? []).map(({ tag, level }) => ({
      tag,
      name: languageName(tag, language),
      level,
      levelName: labelOf('language-levels', level, language),
    })),
    shares: [...list('practices', document.shares), ...own(document.sharesInWords)],
    wantsToTry: [...list('practices', document.wantsToTry), ...own(document.wantsToTryInWords)],
    ...(document.summary === undefined ? {} : { introduction: document.summary }),
    flag: {
      isOpen: end !== undefined,
      ...(end ? { endsAt: rfc3339(end) } : {}),
      kinds: list('conversation-kinds', flag?.kinds),
      boundaries: list('boundaries', flag?.boundaries),
    },
    links: document.links ?? [],
    ...(document.webfinger === undefined ? {} : { webfinger: document.webfinger }),
    ...(document.url === undefined ? {} : { homePage: document.url }),
    updated: document.updated,
    why: card.why.map((reason) => sentenceOf(reason, language, t)),
  }
}

/** What a reader calls one value of a facet. */
export function facetLabel({ kind, value }: Facet, language: Language): string {
  switch (kind) {
    case 'role':
    case 'role-family':
      return labelOf('roles', value, language)
    case 'sector':
      return labelOf('sectors', value, language)
    case 'country':
      return countryName(value, language)
    case 'language':
    case 'speaks-well':
      return languageName(value, language)
    case 'kind':
      return labelOf('conversation-kinds', value, language)
    case 'share':
    case 'want':
      return labelOf('practices', value, language)
    case 'only-one':
      return labelOf('only-one', value, language)
  }
}

function sentenceOf({ code, facet }: Reason, language: Language, t: Translate): string {
  if (code === 'asked' && facet) return t(`directory:why.asked-${facet.kind}`, { label: facetLabel(facet, language) })
  return t(`directory:why.${code}`, facet ? { label: facetLabel(facet, language) } : {})
}

// A role that our list lacks reads as its sender wrote it (FEDERATION.md 4.1).
function roleShown(
  role: { readonly name: string; readonly occupationalCategory?: string },
  language: Language,
): Labelled {
  const slug = slugOfIri('roles', role.occupationalCategory ?? '')
  const known = slug === undefined ? undefined : concept('roles', slug)
  const id = known?.id ?? role.occupationalCategory
  return { ...(id === undefined ? {} : { id }), label: known?.label[language] ?? role.name }
}

function labelled(name: VocabularyName, idOrIri: string, language: Language): Labelled {
  return { id: slugOfIri(name, idOrIri) ?? idOrIri, label: labelOf(name, idOrIri, language) }
}
