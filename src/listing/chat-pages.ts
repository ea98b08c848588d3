import type { Router } from 'express'
import type { App } from '../app.ts'
import { day, dayOf, later } from '../common/clock.ts'
import { InvalidInput, type Problem } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { vocabulary } from '../common/vocabularies.ts'
import { profileOf } from '../profile/views.ts'
import { button, form } from '../web/form.ts'
import { longDay } from '../common/days.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { closeToChat, flagIdOf, markFull, openToChat, pauseUntil, renew, renewByLink, resume } from './actions.ts'
import {
  capacities,
  dayIn,
  defaultDays,
  endOfDay,
  flagState,
  renewedEnd,
  running,
  nextMonth,
  termsProblems,
  typedDay,
  type ChatFlag,
} from './flag.ts'
import { flagByItsId, flagOf, listingOf } from './views.ts'

/** Opening, closing, pausing and renewing the flag, and the page behind the link of a renewal mail. */
export function addChatPages(router: Router, app: App): void {
  form(router, app, paths.flag, {
    who: 'signed-in',
    view: 'listing/chat.njk',
    load: (visit) => chatPage(app, visit),
    submit: (visit, body) => openFlag(app, visit, body),
  })
  form(router, app, paths.pauseFlag, {
    who: 'signed-in',
    view: 'listing/pause.njk',
    load: (visit) => pausePage(app, visit),
    submit: (visit, body) => pause(app, visit, body),
  })
  const press = (
    path: string,
    work: (visit: SignedInVisit) => Promise<void>,
    done: (visit: SignedInVisit) => string,
  ): void =>
    button(router, app, path, {
      who: 'signed-in',
      submit: async (visit) => {
        await work(visit)
        visit.request.session.notice = done(visit)
        return { redirect: paths.flag }
      },
    })
  press(
    paths.closeFlag,
    ({ account }) => closeToChat(app, account),
    ({ t }) => t('listing:chat.closed'),
  )
  press(
    paths.resumeFlag,
    ({ account }) => resume(app, account),
    ({ t }) => t('listing:chat.resumed'),
  )
  press(
    paths.fullFlag,
    ({ account }) => markFull(app, account),
    ({ t, now, language }) => t('listing:chat.filled', { day: longDay(nextMonth(now), language) }),
  )
  press(
    paths.keepFlag,
    ({ account }) => renew(app, account),
    ({ t }) => t('listing:chat.renewed'),
  )
  addRenewalPage(router, app)
}

async function chatPage(app: App, { account, now, language, t }: SignedInVisit) {
  const flag = await flagOf(app.db, account.id)
  const state = flagState(flag, now)
  const open = running(flag, now)
  if (open) {
    const until = renewedEnd(open, now)
    return { state, flag: open, renewedEnd: until > open.endsAt ? until : undefined, nextMonth: nextMonth(now) }
  }
  const profile = await profileOf(app.db, account.id)
  const end = dayParts(dayIn(now, defaultDays))
  return {
    state,
    flag,
    listed: (await listingOf(app.db, account.id)) !== undefined,
    kinds: vocabulary('conversation-kinds').concepts.map(({ id, label, definition }) => ({
      value: id,
      text: label[language],
      hint: definition && { text: definition[language] },
    })),
    boundaries: vocabulary('boundaries').concepts.map(({ id, label }) => ({ value: id, text: label[language] })),
    capacities: capacities.map((count) => ({ value: String(count), text: t('listing:chat.capacityItem', { count }) })),
    example: typedExample(end),
    values: {
      kinds: flag?.kinds ?? ['first-chat'],
      boundaries: flag?.boundaries ?? profile?.fields.boundaries ?? [],
      capacity: String(flag?.capacity ?? 1),
      hidden: flag?.hiddenHere ? 'yes' : '',
      'endsOn-day': end.day,
      'endsOn-month': end.month,
      'endsOn-year': end.year,
    },
  }
}

async function openFlag(app: App, visit: SignedInVisit, body: Body) {
  const end = typedDay('endsOn', typedParts('endsOn', body))
  const terms = {
    kinds: body.all('kinds'),
    boundaries: body.all('boundaries'),
    capacity: Number(body.text('capacity')),
    hiddenHere: body.text('hidden') === 'yes',
    endsOn: 'day' in end ? end.day : dayIn(visit.now, defaultDays),
  }
  if ('problem' in end) throw new InvalidInput(inOrder([...termsProblems(terms, visit.now), end.problem]))
  await openToChat(app, visit.account, terms)
  visit.request.session.notice = visit.t('listing:chat.opened', {
    day: longDay(endOfDay(terms.endsOn) ?? visit.now, visit.language),
  })
  return { redirect: paths.flag }
}

// As the questions stand on the page.
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const order = ['kinds', 'endsOn', 'capacity', 'boundaries']
  return problems.toSorted((one, other) => order.indexOf(one.field) - order.indexOf(other.field))
}

async function pausePage(app: App, { account, now }: SignedInVisit) {
  if (!running(await flagOf(app.db, account.id), now)) return { running: false, back: paths.flag }
  return { running: true, back: paths.flag, example: typedExample(dayParts(dayOf(later(now, 14 * day)))), values: {} }
}

async function pause(app: App, visit: SignedInVisit, body: Body) {
  const until = typedDay('pausedUntil', typedParts('pausedUntil', body))
  if ('problem' in until) throw new InvalidInput([until.problem])
  await pauseUntil(app, visit.account, until.day)
  visit.request.session.notice = visit.t('listing:chat.paused', { day: longDay(until.day, visit.language) })
  return { redirect: paths.flag }
}

/** The page that a renewal mail leads to: looking changes nothing, one press renews, and nobody needs to be signed in. */
function addRenewalPage(router: Router, app: App): void {
  form(router, app, paths.renewFlag, {
    who: 'anyone',
    view: 'listing/renewal.njk',
    load: async ({ query, now }) => {
      const token = query['token'] ?? ''
      const asked = await flagByItsId(app.db, flagIdOf(app, token))
      const flag: ChatFlag | undefined = asked && (await flagOf(app.db, asked.accountId))
      const open = running(flag, now)
      return {
        token,
        state: !open ? 'ended' : open.id === asked?.id ? 'running' : 'renewed',
        endsAt: flag?.endsAt,
        renewedEnd: open && renewedEnd(open, now),
      }
    },
    submit: async ({ query }, body) => {
      const token = body.text('token') === '' ? (query['token'] ?? '') : body.text('token')
      await renewByLink(app, token)
      return { redirect: `${paths.renewFlag}?token=${encodeURIComponent(token)}` }
    },
  })
}

function typedParts(name: string, body: Body) {
  return { day: body.text(`${name}-day`), month: body.text(`${name}-month`), year: body.text(`${name}-year`) }
}

function dayParts(text: string) {
  const [year = '', month = '', dayNumber = ''] = text.split('-')
  return { day: String(Number(dayNumber)), month: String(Number(month)), year }
}

function typedExample(parts: ReturnType<typeof dayParts>): string {
  return `${parts.day} ${parts.month} ${parts.year}`
}
