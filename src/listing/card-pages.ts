import type { Response, Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { longDay } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import { page } from '../web/page.ts'
import { visitOf, type Visit } from '../web/visit.ts'
import { cardOf, qrCode, type PeerCard } from './card.ts'
import { publicPersonAt } from './person-pages.ts'

/** A public person's card to put elsewhere: a page that explains it, a fragment of HTML, and the QR code of her address. */
export function addCardPages(router: Router, app: App): void {
  page(router, app, paths.personCard(':handle'), {
    who: 'anyone',
    view: 'listing/card.njk',
    load: async (visit) => {
      const { handle, person, card } = await cardAt(app, visit)
      return {
        card,
        handle,
        discovery: person.discovery,
        fragment: await fragment(visit, card),
        fragmentAddress: app.config.origin + paths.personCardHtml(handle),
        picture: paths.personCardPicture(handle),
        plain: plainText(card, visit),
      }
    },
  })

  router.get(paths.personCardHtml(':handle'), async (request, response) => {
    const visit = visitOf(app, request)
    const { card } = await cardAt(app, visit)
    forOtherSites(response)
      .type('html')
      .send(await fragment(visit, card))
  })

  router.get(paths.personCardPicture(':handle'), async (request, response) => {
    const { card } = await cardAt(app, visitOf(app, request))
    forOtherSites(response).type('svg').send(qrCode(card.page))
  })
}

async function cardAt(app: App, visit: Visit) {
  const { handle, person } = await publicPersonAt(app, visit)
  return { handle, person, card: cardOf(person.document, addresses(app.config.origin).personPage(handle)) }
}

// Asked for again each time: a flag that went down must not stay up in somebody's cache. It says the same to everybody, but its headers
// renew the session of who is signed in, so that no cache between may keep it.
function forOtherSites(response: Response): Response {
  return response.set({
    'cache-control': 'private, no-cache',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  })
}

function fragment(visit: Visit, card: PeerCard): Promise<string> {
  return new Promise((resolve, reject) => {
    visit.request.res?.render('listing/card-fragment.njk', { card }, (error: Error | null, html?: string) =>
      error ? reject(error) : resolve((html ?? '').trim()),
    )
  })
}

function plainText({ name, page, openUntil }: PeerCard, { language, t }: Visit): string {
  const flag =
    openUntil === undefined ? t('listing:card.closed') : `${t('listing:card.open')} ${longDay(openUntil, language)}`
  return `${name}: ${flag}. ${page}`
}
