import type { Router } from 'express'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Card } from '../directory/card.ts'
import { paths } from '../common/paths.ts'
import { labelOf } from '../common/vocabularies.ts'
import { overlapView } from '../hours/told.ts'
import { ownZone } from '../hours/meeting.ts'
import { button, form } from '../web/form.ts'
import type { Redirect, View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { ask } from './actions.ts'
import { areStillPossible, lineNames, nextStep, readyLines, timesIn, type Draft } from './ask.ts'
import { mayAsk } from './ask-views.ts'
import { mayBeThird, threeWay } from './three.ts'
import { askingOf, meetingFor, type Asking } from './asking-views.ts'
import { keptDays, longestLine, mostTimes } from './chat.ts'
import { toldTime, type Clocks } from './clocks.ts'
import { forgetDraft, saveDraft } from './draft-actions.ts'
import { notReady } from './ready.ts'
import type { Lines } from './record.ts'
import { shownTime } from './shown.ts'
import { linesProblems, tidiedLines } from './terms.ts'
import { timesFor } from './times.ts'

type Begun = Extract<Asking, { may: true }> & { readonly draft: Draft }

/** What follows the kind of chat: the lines, the times, the look at all of it, and sending. */
export function addAskSteps(router: Router, app: App): void {
  form(router, app, paths.askLines(':key'), {
    who: 'signed-in',
    view: 'chats/ask-lines.njk',
    load: (visit) => step(app, visit, (begun) => linesPage(app, visit, begun)),
    submit: (visit, body) => act(app, visit, () => keepLines(app, visit, body)),
  })
  form(router, app, paths.askTimes(':key'), {
    who: 'signed-in',
    view: 'chats/ask-times.njk',
    load: (visit) => step(app, visit, (begun) => timesPage(app, visit, begun)),
    submit: (visit, body) => act(app, visit, (begun) => keepTimes(app, visit, body, begun)),
  })
  form(router, app, paths.askCheck(':key'), {
    who: 'signed-in',
    view: 'chats/ask-check.njk',
    load: async (visit) => {
      const third = await thirdOf(app, visit)
      return step(app, visit, (begun) => checkPage(app, visit, begun, third))
    },
    submit: (visit) => act(app, visit, (begun) => send(app, visit, begun)),
  })
  button(router, app, paths.dropAsk(':key'), {
    who: 'signed-in',
    submit: async (visit) => {
      await forgetDraft(app, visit.account.id, keyIn(visit))
      visit.request.session.notice = visit.t('chats:ask.dropped')
      return { redirect: paths.entry(keyIn(visit)) }
    },
  })
}

function keyIn({ params }: SignedInVisit): string {
  return params['key'] ?? ''
}

// Whoever may not ask any more, or has not begun, reads why on the first page.
async function begunIn(app: App, visit: SignedInVisit): Promise<Begun | undefined> {
  const asking = await askingOf(app, visit)
  return asking.may && asking.draft ? { ...asking, draft: asking.draft } : undefined
}

async function step(app: App, visit: SignedInVisit, show: (begun: Begun) => View | Redirect): Promise<View | Redirect> {
  const begun = await begunIn(app, visit)
  return begun ? show(begun) : { redirect: paths.ask(keyIn(visit)) }
}

async function act(app: App, visit: SignedInVisit, work: (begun: Begun) => Promise<Redirect>): Promise<Redirect> {
  const begun = await begunIn(app, visit)
  return begun ? work(begun) : { redirect: paths.ask(keyIn(visit)) }
}

function linesPage(app: App, visit: SignedInVisit, { one, draft }: Begun): View {
  const { t } = visit
  return {
    back: paths.ask(keyIn(visit)),
    action: paths.askLines(keyIn(visit)) + fromCheck(visit),
    name: one.name,
    longest: longestLine,
    hasWords: app.config.requestText,
    fields: lineNames.map((name) => ({ name, ready: readyFor(name, visit) })),
    values: app.config.requestText ? draft.lines : chosenReady(draft.lines, t),
  }
}

// Where nobody writes in her own words: the sentences to choose from.
function readyFor(name: keyof Lines, { t }: SignedInVisit) {
  return readyLines[name].map((key) => ({ value: key, text: t(`chats:ask.ready.${name}.${key}`) }))
}

function chosenReady(lines: Lines, t: SignedInVisit['t']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lineNames.map((name) => [
      name,
      readyLines[name].find((key) => t(`chats:ask.ready.${name}.${key}`) === lines[name]) ?? '',
    ]),
  )
}

async function keepLines(app: App, visit: SignedInVisit, body: Body): Promise<Redirect> {
  const lines = linesGiven(app, visit, body)
  const problems = app.config.requestText
    ? linesProblems(lines)
    : lineNames.filter((field) => lines[field] === '').map((field) => ({ field, rule: 'choose' }))
  if (problems.length > 0) throw new InvalidInput(problems)
  await saveDraft(app, visit.account.id, keyIn(visit), { lines })
  return { redirect: visit.query['from'] === 'check' ? paths.askCheck(keyIn(visit)) : paths.askTimes(keyIn(visit)) }
}

// What was begun while people could still write in their own words is asked for again.
function missingIn(app: App, draft: Draft): ReturnType<typeof nextStep> {
  return app.config.requestText || notReady(app.words, draft.lines).length === 0 ? nextStep(draft) : 'lines'
}

function linesGiven(app: App, visit: SignedInVisit, body: Body): Lines {
  const given = { why: body.text('why'), hope: body.text('hope'), bring: body.text('bring') }
  if (app.config.requestText) return tidiedLines(given)
  const sentence = (name: keyof Lines): string =>
    readyFor(name, visit).find(({ value }) => value === given[name])?.text ?? ''
  return { why: sentence('why'), hope: sentence('hope'), bring: sentence('bring') }
}

function clocksFor(app: App, { card, own }: Begun): Clocks {
  return { own, otherCountry: card.document.worksFor.addressCountry ?? null, nodeZone: app.config.timeZone }
}

function timesPage(app: App, visit: SignedInVisit, begun: Begun): View {
  const { now, language, t } = visit
  const { one, draft } = begun
  const meeting = meetingFor(begun, draft.kind)
  const clocks = clocksFor(app, begun)
  const suggested = timesFor(meeting, now)
  const chosen = (draft.times ?? []).filter((slot) => areStillPossible([slot], meeting, now))
  const known = new Set(suggested.map(({ from }) => from.getTime()))
  const all = [...suggested, ...chosen.filter(({ from }) => !known.has(from.getTime()))].toSorted(
    (first, second) => first.from.getTime() - second.from.getTime(),
  )
  const shown = all.map((slot) => shownTime(slot, clocks, language, t))
  const [example = ''] = suggested.map(({ from }) => dayOf(from))
  return {
    back: paths.askLines(keyIn(visit)),
    action: paths.askTimes(keyIn(visit)),
    name: one.name,
    most: mostTimes,
    suggested: shown,
    clock: shown[0]?.clock,
    example: example.split('-').toReversed().map(Number).join(' '),
    isClockKnown: ownZone(meeting.own, { from: now.getTime(), until: now.getTime() + 1 }) !== undefined,
    isOver: (draft.times ?? []).length > chosen.length,
    hours: paths.profile('hours'),
    values: { times: chosen.map((slot) => shownTime(slot, clocks, language, t).value) },
  }
}

async function keepTimes(app: App, visit: SignedInVisit, body: Body, begun: Begun): Promise<Redirect> {
  const picked = {
    times: body.all('times'),
    day: { day: body.text('typedDay-day'), month: body.text('typedDay-month'), year: body.text('typedDay-year') },
    clock: body.text('typedTime'),
  }
  const times = timesIn(picked, meetingFor(begun, begun.draft.kind), visit.now)
  await saveDraft(app, visit.account.id, keyIn(visit), { times })
  const more = body.text('more') === 'yes'
  return { redirect: more ? paths.askTimes(keyIn(visit)) : paths.askCheck(keyIn(visit)) }
}

function checkPage(app: App, visit: SignedInVisit, begun: Begun, third: Card | undefined): View | Redirect {
  const { now, language, t } = visit
  const { card, one, draft, own } = begun
  const key = keyIn(visit)
  const missing = missingIn(app, draft)
  if (missing !== 'check') return { redirect: missing === 'lines' ? paths.askLines(key) : paths.askTimes(key) }
  const times = draft.times ?? []
  if (!areStillPossible(times, meetingFor(begun, draft.kind), now)) return { redirect: paths.askTimes(key) }
  const isForThree = draft.kind === threeWay
  if (isForThree && !third) return { redirect: paths.askThird(key) }
  const clocks = clocksFor(app, begun)
  const country = card.document.worksFor.addressCountry
  return {
    back: paths.askTimes(key),
    key,
    name: one.name,
    organisation: one.organisation.name,
    listedBy: one.listedBy,
    isHere: card.accountId !== undefined,
    kind: labelOf('conversation-kinds', draft.kind, language),
    boundaries: one.flag.boundaries,
    lines: draft.lines,
    times: times.map((slot) => toldTime(slot, clocks, language, t)),
    kept: keptDays,
    third: isForThree && third ? { key: third.key, name: third.document.name } : undefined,
    warning: country === undefined ? undefined : overlapView(own, country, now, language, t)?.told?.warning,
    values: {},
  }
}

async function send(app: App, visit: SignedInVisit, { draft, ...begun }: Begun): Promise<Redirect> {
  const key = keyIn(visit)
  const times = draft.times ?? []
  const isReady =
    missingIn(app, draft) === 'check' && areStillPossible(times, meetingFor({ ...begun, draft }, draft.kind), visit.now)
  const third = draft.kind === threeWay ? await thirdOf(app, visit) : undefined
  if (!isReady || (draft.kind === threeWay && !third)) return { redirect: paths.askCheck(key) }
  try {
    const { id } = await ask(app, visit.account.id, {
      entry: key,
      kind: draft.kind,
      lines: draft.lines,
      times,
      ...(third ? { alsoTo: [third.key] } : {}),
      ...(draft.introducedBy === null ? {} : { introducedBy: draft.introducedBy }),
    })
    return { redirect: paths.askSent(id) }
  } catch (error) {
    // The first page says why.
    if (error instanceof Refusal && error.code === 'chat-not-askable') return { redirect: paths.ask(key) }
    throw error
  }
}

// Whom she would like to ask as well, by the address; the page of that choice says why somebody cannot be asked.
async function thirdOf(app: App, { account, query, now }: SignedInVisit): Promise<Card | undefined> {
  const key = query['with']
  if (key === undefined || key === '') return undefined
  const may = await mayAsk(app, account.id, key, now)
  return may.may && mayBeThird(may) ? may.card : undefined
}

function fromCheck({ query }: SignedInVisit): string {
  return query['from'] === 'check' ? '?from=check' : ''
}
