import type { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { isNoLimit } from '../partners/limit.ts'
import { saveAudience } from '../profile/actions.ts'
import { isComplete, type ProfileFields } from '../profile/profile.ts'
import { profileOf, receipts } from '../profile/views.ts'
import { form } from '../web/form.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { allowScope, endScope, isOffered } from './actions.ts'
import { limitInWords } from './limit.ts'
import { limitOf } from './limit-views.ts'
import { wordingOf } from './scope-steps.ts'
import { isPublicChoice, publicChoices, purposes, type PublicChoice, type Purpose } from './scopes.ts'
import { listingOf } from './views.ts'

const previews: Readonly<Record<Purpose, string>> = {
  here: 'colleague',
  partners: 'partner',
  public: 'stranger',
  discovery: 'stranger',
}

/** One page for each of the four switches, with the exact wording, a yes and a no. */
export function addScopePages(router: Router, app: App): void {
  for (const purpose of purposes) {
    form(router, app, paths.scope(purpose), {
      who: 'signed-in',
      view: 'listing/scope.njk',
      load: (visit) => scopePage(app, purpose, visit),
      submit: async (visit, body) => {
        if (body.text('answer') === 'stop') return stop(app, purpose, visit)
        return start(app, purpose, visit, body)
      },
    })
  }
}

async function scopePage(app: App, purpose: Purpose, { account, language, t }: SignedInVisit) {
  const listing = await listingOf(app.db, account.id)
  const profile = await profileOf(app.db, account.id)
  const on = listing?.[purpose] ?? false
  const choices = choicesFor(profile?.fields ?? {})
  return {
    openData: app.config.openData,
    purpose,
    on,
    back: paths.myListing,
    wording: wordingOf(app, purpose, language),
    receipt: on
      ? (await receipts(app.db, account.id)).find((receipt) => receipt.purpose === purpose && receipt.given)
      : undefined,
    preview: previews[purpose],
    unlistedSince: listing?.unlistedSince ?? undefined,
    limit: limitInWords(await limitOf(app.db, account.id), t, language),
    handle: profile?.handle ?? undefined,
    obstacle: on
      ? undefined
      : obstacle(app, purpose, {
          complete: profile !== undefined && isComplete(profile.fields),
          handle: profile?.handle,
          isPublic: listing?.public ?? false,
        }),
    choices: choices.filter((choice) => choice !== 'onlyOne'),
    asksOnlyOne: choices.includes('onlyOne'),
    values: { choices: choices.filter((choice) => choice !== 'onlyOne') },
  }
}

/** What has to happen before a yes can be said. */
function obstacle(
  app: App,
  purpose: Purpose,
  has: { readonly complete: boolean; readonly handle: string | null | undefined; readonly isPublic: boolean },
) {
  if (!isOffered(app.config, purpose)) return 'notOffered'
  if (!has.complete) return 'incomplete'
  if (purpose === 'public' && !has.handle) return 'needsHandle'
  return purpose === 'discovery' && !has.isPublic ? 'needsPublic' : undefined
}

/** What this person has said that could become public. */
function choicesFor(fields: ProfileFields): readonly PublicChoice[] {
  const said: Readonly<Record<PublicChoice, unknown>> = {
    ...fields,
    shares: fields.shares ?? fields.sharesInWords,
    wantsToTry: fields.wantsToTry ?? fields.wantsToTryInWords,
    onlyOne: fields.onlyOne === 'none' ? undefined : fields.onlyOne,
    sector: fields.sector,
    country: fields.country,
    languages: fields.languages,
    introduction: fields.introduction,
    picture: fields.picture,
  }
  return publicChoices.filter((choice) => {
    const answer = said[choice]
    return answer !== undefined && !(Array.isArray(answer) && answer.length === 0)
  })
}

async function start(app: App, purpose: Purpose, visit: SignedInVisit, body: Body) {
  const { account, language, t } = visit
  const wantsOnlyOne = body.text('onlyOne') === 'yes'
  const sure = body.text('onlyOneSure') === 'yes'
  if (purpose === 'public' && wantsOnlyOne !== sure) throw new InvalidInput([{ field: 'onlyOneSure', rule: 'both' }])
  const choices =
    purpose === 'public'
      ? body
          .all('choices')
          .filter(isPublicChoice)
          .filter((choice) => choice !== 'onlyOne')
      : []
  const named = [...choices, ...(purpose === 'public' && sure ? (['onlyOne'] as const) : [])].map((choice) =>
    t(`listing:scope.field.${choice}`),
  )
  const details =
    named.length > 0 ? t('listing:scope.chosen', { fields: named.join(', ') }) : t('listing:scope.chosenNone')
  const limit = await limitOf(app.db, account.id)
  await allowScope(app, account, {
    purpose,
    language,
    channel: 'page',
    choices,
    ...(purpose === 'public' ? { details } : {}),
    ...(purpose === 'partners' && !isNoLimit(limit) ? { details: limitInWords(limit, t, language) } : {}),
  })
  // The marker is asked twice, and kept by the profile's own question.
  if (purpose === 'public' && sure)
    await saveAudience(app, account.id, { levels: { onlyOne: 5 }, onlyOneInPublic: true })
  visit.request.session.notice = t('listing:scope.started')
  return { redirect: paths.scope(purpose) }
}

async function stop(app: App, purpose: Purpose, visit: SignedInVisit) {
  await endScope(app, visit.account, { purpose, language: visit.language, channel: 'page' })
  visit.request.session.notice = visit.t('listing:scope.stopped')
  return { redirect: paths.myListing }
}
