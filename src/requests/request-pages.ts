import type { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { blockActor, blockDomainForPerson, report } from '../safety/actions.ts'
import { form } from '../web/form.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { answer, forgetBlocked } from './actions.ts'
import { addMeetingPages, meetingShown } from './meeting-pages.ts'
import { isFirstAnswer, longestAnswer, mayAnswer, mostAnswers, type OpenRequest } from './request.ts'
import { requestOf } from './views.ts'

/** What can be answered where the host lets nobody write in her own words, in the order of the page. */
const readySentences = ['channel', 'later', 'no'] as const

/** One request: looking at it, answering, blocking and reporting its author. */
export function addRequestPages(router: Router, app: App): void {
  form(router, app, paths.request(':id'), {
    who: 'signed-in',
    view: 'requests/request.njk',
    load: async (visit) => requestPage(app, visit, await theRequest(app, visit)),
    submit: (visit, body) => sendAnswer(app, visit, body),
  })
  addMeetingPages(router, app, async (visit, request, text) => ({
    ...(await requestPage(app, visit, request)),
    values: { answer: text },
  }))
  form(router, app, paths.blockRequest(':id'), {
    who: 'signed-in',
    view: 'requests/block.njk',
    load: async (visit) => {
      const { id, handle, host } = await theRequest(app, visit)
      return { back: paths.request(id), id, handle, host, values: { whom: 'actor' } }
    },
    submit: (visit, body) => block(app, visit, body),
  })
  form(router, app, paths.reportRequest(':id'), {
    who: 'signed-in',
    view: 'requests/report.njk',
    load: async (visit) => {
      const { id, handle, host, texts } = await theRequest(app, visit)
      const opened = app.config.requestText && texts.some(({ seenAt }) => seenAt !== null)
      return { back: paths.request(id), id, handle, host, opened, values: {} }
    },
    submit: (visit, body) => sendReport(app, visit, body),
  })
}

async function theRequest(app: App, { account, params, now }: SignedInVisit): Promise<OpenRequest> {
  const found = await requestOf(app.db, account.id, params['id'] ?? '', now)
  if (!found) throw new Refusal('request-unknown')
  return found
}

async function requestPage(app: App, visit: SignedInVisit, request: OpenRequest) {
  const { t, query } = visit
  const { id, handle, host, name, answers } = request
  const seen = request.texts.filter(({ seenAt }) => seenAt !== null)
  return {
    back: paths.requests,
    id,
    handle,
    host,
    // What they call themselves is theirs to choose, as the text is: shown when that is opened.
    name: seen.length > 0 ? name : null,
    cameAt: request.texts.at(-1)?.cameAt,
    unseen: request.texts.length - seen.length,
    texts: seen,
    answers,
    turns: inOrder({ texts: seen, answers }),
    hasWords: app.config.requestText,
    mayAnswer: mayAnswer(request),
    isAnswered: answers.length >= mostAnswers,
    isFirst: isFirstAnswer(request),
    longest: longestAnswer,
    ...(await meetingShown(app, visit, id)),
    ready: readySentences.map((key) => ({ value: key, text: t(`requests:ready.${key}`) })),
    values: { answer: query['start'] === 'channel' ? `${t('requests:answer.channelStart')} ` : '' },
  }
}

// What each of the two wrote, oldest first.
function inOrder({ texts, answers }: Pick<OpenRequest, 'texts' | 'answers'>) {
  const theirs = texts.map((text) => ({ at: text.cameAt.getTime(), theirs: text }))
  const hers = answers.map((one) => ({ at: one.madeAt.getTime(), hers: one }))
  return [...theirs, ...hers].toSorted((one, other) => one.at - other.at)
}

async function sendAnswer(app: App, visit: SignedInVisit, body: Body) {
  const id = visit.params['id'] ?? ''
  await answer(app, visit.account.id, id, answerIn(app, visit, body))
  visit.request.session.notice = visit.t('requests:answer.done')
  return { redirect: paths.request(id) }
}

function answerIn(app: App, { t }: SignedInVisit, body: Body): string {
  const given = body.text('answer')
  if (app.config.requestText || given === '') return given
  const ready = readySentences.find((key) => key === given)
  if (ready === undefined) throw new InvalidInput([{ field: 'answer', rule: 'enum' }])
  return t(`requests:ready.${ready}`)
}

async function block(app: App, visit: SignedInVisit, body: Body) {
  const { account, t, request } = visit
  const { actor, host, handle } = await theRequest(app, visit)
  const whole = body.text('whom') === 'host'
  if (whole) await blockDomainForPerson(app, { accountId: account.id, domain: host })
  else await blockActor(app, { accountId: account.id, actor, host, name: handle })
  await forgetBlocked(app, account.id)
  request.session.notice = t('requests:block.done', { who: whole ? host : handle })
  return { redirect: paths.requests }
}

async function sendReport(app: App, visit: SignedInVisit, body: Body) {
  const { account, t, request } = visit
  const { id, actor, host, handle, texts } = await theRequest(app, visit)
  const read = texts.filter(({ seenAt }) => seenAt !== null)
  const words = read.flatMap(({ text, changedText }) => [text, ...(changedText === null ? [] : [changedText])])
  const [first] = read
  await report(app, {
    accountId: account.id,
    about: { actor, host, name: handle },
    reason: body.text('reason'),
    posts: texts.map(({ note }) => note),
    ...(body.all('attach').includes('yes') && first
      ? { attached: { words: words.join('\n\n'), cameAt: first.cameAt } }
      : {}),
    forward: body.all('forward').includes('yes'),
  })
  request.session.notice = t('requests:report.done')
  return { redirect: paths.request(id) }
}
