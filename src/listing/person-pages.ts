import type { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { countryName, labelOf, languageName } from '../common/vocabularies.ts'
import type { Language } from '../common/words.ts'
import { page } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import type { OwnListing } from './document.ts'
import { linkedData, roleLabels, scriptJson } from './linked-data.ts'
import type { ListingTools } from './tools.ts'
import { publicPerson, retiredHandle, type ShownPerson } from './views.ts'

/**
 * The page of a person in public scope: what everyone may see, for people, for readers of microformats and for machines. 404
 * for everybody else, listed or not, and 410 for a handle that has ended (FEDERATION.md, Addresses).
 */
export function addPersonPage(
  router: Router,
  app: App,
  tools: Pick<ListingTools, 'takesMessages' | 'holdsOfficeHours'>,
): void {
  page(router, app, paths.person(':handle'), {
    who: 'anyone',
    view: 'listing/person.njk',
    load: async (visit) => {
      const { handle, person } = await publicPersonAt(app, visit)
      const takesMessages = await tools.takesMessages(app, person.personId)
      const officeHours = await tools.holdsOfficeHours(app, person.personId)
      return { ...personPage(app, visit.language, handle, person), takesMessages, officeHours }
    },
  })
}

/** The public person whose handle is in the address, with the sign for crawlers set. Refuses with not-found or person-gone. */
export async function publicPersonAt(
  app: App,
  visit: Visit,
): Promise<{ readonly handle: string; readonly person: ShownPerson }> {
  const handle = (visit.params['handle'] ?? '').toLowerCase()
  const person = await publicPerson(app.db, visit.now, { handle })
  if (!person) throw new Refusal((await retiredHandle(app, handle)) ? 'person-gone' : 'not-found')
  // Crawlers may list the page only after a yes of its own, the fourth.
  if (!person.discovery) visit.request.res?.set('x-robots-tag', 'noindex, noai')
  return { handle, person }
}

function personPage(app: App, language: Language, handle: string, person: ShownPerson) {
  const at = addresses(app.config.origin)
  const { document } = person
  return {
    person: shown(document, language),
    handle,
    discovery: person.discovery,
    movedTo: person.movedTo === null ? undefined : { href: person.movedTo, name: person.movedToName ?? person.movedTo },
    actor: at.person(person.personId),
    pageAddress: at.personPage(handle),
    linkedData: scriptJson(linkedData(document, at.personPage(handle), handle, language)),
  }
}

/** The document in the reader's words. */
function shown(document: OwnListing, language: Language) {
  const { worksFor, peerChat } = document
  const practices = (iris: readonly string[] | undefined, own: readonly string[] | undefined): readonly string[] => [
    ...(iris ?? []).map((iri) => labelOf('practices', iri, language)),
    ...(own ?? []),
  ]
  const sector = worksFor.sector === undefined ? [] : [labelOf('sectors', worksFor.sector, language)]
  const country = worksFor.addressCountry === undefined ? [] : [countryName(worksFor.addressCountry, language)]
  return {
    name: document.name,
    role: roleLabels(document, language).join(', '),
    onlyOne:
      document.onlyOne === undefined || document.onlyOne === 'none'
        ? undefined
        : labelOf('only-one', document.onlyOne, language),
    organisation: worksFor.name,
    where: [...sector, ...country].join(', '),
    introduction: document.summary,
    picture: document.icon,
    languages: (document.knowsLanguage ?? []).map(
      ({ tag, level }) => `${languageName(tag, language)} (${labelOf('language-levels', level, language)})`,
    ),
    shares: practices(document.shares, document.sharesInWords),
    wantsToTry: practices(document.wantsToTry, document.wantsToTryInWords),
    links: (document.links ?? []).map((url) => ({ url, linksBack: document.verifiedLinks?.includes(url) ?? false })),
    chat: peerChat && {
      until: peerChat.endTime,
      kinds: peerChat.kinds.map((kind) => labelOf('conversation-kinds', kind, language)),
      boundaries: (peerChat.boundaries ?? []).map((boundary) => labelOf('boundaries', boundary, language)),
    },
  }
}
