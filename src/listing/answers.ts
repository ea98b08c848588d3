import type { Field } from '../profile/profile.ts'
import type { OwnListing } from './document.ts'

/** The profile fields of which something that a document showed is not in a later one: an answer was kept closer, or changed. */
export function lostAnswers(before: OwnListing, after: OwnListing): readonly Field[] {
  const later = answersIn(after)
  return [...answersIn(before)]
    .filter(([field, items]) => !items.every((item) => later.get(field)?.includes(item)))
    .map(([field]) => field)
}

// What a document says of its person, each by the field that stands for its question.
function answersIn(document: OwnListing): ReadonlyMap<Field, readonly string[]> {
  const { worksFor } = document
  return new Map<Field, readonly string[]>([
    ['displayName', one(document.name)],
    // The names of listed roles depend on the language.
    ['roles', document.hasOccupation.map(({ name, occupationalCategory }) => occupationalCategory ?? name)],
    ['onlyOne', one(document.onlyOne)],
    ['organisation', one(worksFor.name)],
    ['sector', one(worksFor.sector)],
    ['country', one(worksFor.addressCountry)],
    ['languages', (document.knowsLanguage ?? []).map((known) => JSON.stringify(known))],
    ['shares', [...(document.shares ?? []), ...(document.sharesInWords ?? [])]],
    ['wantsToTry', [...(document.wantsToTry ?? []), ...(document.wantsToTryInWords ?? [])]],
    ['introduction', one(document.summary)],
    ['picture', document.icon === undefined ? [] : [JSON.stringify(document.icon)]],
    ['links', (document.links ?? []).map((link) => JSON.stringify(link))],
    ['jobTitle', one(document.jobTitle)],
    ['place', one(document.place)],
  ])
}

function one(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text]
}
