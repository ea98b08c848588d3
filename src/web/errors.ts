import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { isApi, paths } from '../common/paths.ts'
import { errorSummary, sentence } from './form.ts'
import { render } from './page.ts'

const log = logger('web')

/** What nobody answered. */
export const nothingHere: RequestHandler = (_request, _response, next) => next(new Refusal('not-found'))

/** The one place where an error becomes an answer: a page for people, RFC 9457 for programs. Only the safe part is shown. */
export function answerErrors(app: App): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    // An error in a middleware before chooseLanguage leaves no language.
    response.locals.language ??= app.config.language
    response.locals.t ??= app.words.in(response.locals.language)
    const known = asExpected(error)
    if (!known) return sorry(app, error, request, response)
    const { status } = known
    const { t } = response.locals
    if (known.error instanceof InvalidInput) {
      const { errors } = errorSummary(known.error, app.words, t)
      if (wantsJson(request))
        return problem(
          app,
          response,
          status,
          'invalid-input',
          { title: t('errors:codes.invalid-input') },
          known.error.problems.map((one) => ({ pointer: `/${one.field}`, detail: sentence(one, app.words, t) })),
        )
      return render(
        response,
        'web/refusal.njk',
        { title: t('errors:codes.invalid-input'), errors, code: 'invalid-input' },
        status,
      )
    }
    const { code, detail } = known.error
    if (status === 429) response.set('retry-after', String(detail['seconds'] ?? 60))
    if (wantsJson(request)) {
      const what = { title: t(`errors:codes.${code}`, detail), detail: t(`errors:next.${code}`, detail) }
      return problem(app, response, status, code, what)
    }
    render(
      response,
      'web/refusal.njk',
      { title: t(`errors:codes.${code}`, detail), next: t(`errors:next.${code}`, detail), code },
      status,
    )
  }
}

function asExpected(error: unknown): { status: number; error: Refusal | InvalidInput } | undefined {
  if (error instanceof Refusal) return { status: error.status, error }
  if (error instanceof InvalidInput) return { status: 400, error }
  // Express's own body parser: too large, too many parameters, broken encoding.
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 413) return { status: 413, error: new Refusal('request-too-large') }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status: 404, error: new Refusal('not-found') }
  return undefined
}

function sorry(app: App, error: unknown, request: Request, response: Response): void {
  const reference = app.newId().slice(0, 8)
  log.error(`${reference} ${request.method} ${request.route?.path ?? '(no route)'} failed: ${describe(error)}`)
  if (wantsJson(request))
    return problem(app, response, 500, 'problem', { title: response.locals.t('errors:sorry.title') })
  render(response, 'web/sorry.njk', { reference }, 500)
}

/** What went wrong, without the parameters of a failed query: they are people's data. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('driverError' in error && error.driverError instanceof Error)
    return `${error.driverError.message}\n${error.stack ?? ''}`
  return error.stack ?? error.message
}

function wantsJson(request: Request): boolean {
  return isApi(request.path) || (request.accepts(['html', 'json', 'application/activity+json']) || 'html') !== 'html'
}

function problem(
  { config }: App,
  response: Response,
  status: number,
  code: string,
  what: { readonly title: string; readonly detail?: string },
  errors?: readonly unknown[],
): void {
  const type = `${config.origin}${paths.errorCodes}#${code}`
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type, ...what, status, ...(errors ? { errors } : {}) }))
}
