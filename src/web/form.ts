import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, type Problem } from '../common/errors.ts'
import type { Translate, Words } from '../common/words.ts'
import {
  admit,
  isRedirect,
  render,
  type PageOptions,
  type Redirect,
  type View,
  type VisitFor,
  type Who,
} from './page.ts'
import { bodyOf, visitOf, type Body } from './visit.ts'

/** Shows a page at once instead of sending the reader on: for what is shown once and kept nowhere. */
export type Shown = { readonly show: string; readonly view: View }

/** A page whose `load` gives the fields' `values`, and what to do with what was sent. */
export type FormOptions<W extends Who> = PageOptions<W> & {
  /** Does what was asked and says where to go next. InvalidInput shows the form again, with what was typed and an error summary. */
  readonly submit: (visit: VisitFor<W>, body: Body) => Promise<Redirect | Shown>
  /** How the body is read, where it is not the usual one: a form with a file (upload.ts). What it throws is shown on the form. */
  readonly read?: RequestHandler
}

const readBody = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 400 })

/** Serves a form at GET `path` and takes it at POST `path`. */
export function form<W extends Who>(router: Router, app: App, path: string, options: FormOptions<W>): void {
  router.get(path, async (request, response) => {
    const visit = admit(options.who, visitOf(app, request))
    if ('redirect' in visit) return response.redirect(visit.redirect)
    const view = await options.load(visit.visit)
    if (isRedirect(view)) return response.redirect(303, view.redirect)
    render(response, options.view, view)
  })
  router.post(path, async (request, response) => {
    const visit = admit(options.who, visitOf(app, request))
    if ('redirect' in visit) return response.redirect(303, visit.redirect)
    try {
      await read(options.read ?? readBody, request, response)
      await goOn(request, response, await options.submit(visit.visit, bodyOf(request)))
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      const view = await options.load(visit.visit)
      if (isRedirect(view)) return response.redirect(303, view.redirect)
      render(
        response,
        options.view,
        {
          ...view,
          values: { ...valuesOf(view), ...bodyOf(request).values },
          ...errorSummary(error, app.words, visit.visit.t),
        },
        400,
      )
    }
  })
}

function read(reader: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    reader(request, response, (error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** Takes a one-button form at POST `path`: no page of its own. */
export function button<W extends Who>(
  router: Router,
  app: App,
  path: string,
  options: Pick<FormOptions<W>, 'who' | 'submit'>,
): void {
  router.post(path, readBody, async (request, response) => {
    const visit = admit(options.who, visitOf(app, request))
    if ('redirect' in visit) return response.redirect(303, visit.redirect)
    await goOn(request, response, await options.submit(visit.visit, bodyOf(request)))
  })
}

// A session is otherwise saved while the answer is on its way, and the next page may come too early for its notice.
async function goOn(request: Request, response: Response, next: Redirect | Shown): Promise<void> {
  if ('show' in next) {
    response.set('cache-control', 'no-store')
    return render(response, next.show, next.view)
  }
  const { session } = request
  if (session?.notice !== undefined) {
    await new Promise<void>((resolve, reject) => session.save((error) => (error ? reject(error) : resolve())))
  }
  response.redirect(303, next.redirect)
}

function valuesOf(view: View): View {
  const values = view['values']
  return typeof values === 'object' && values !== null ? { ...values } : {}
}

/** The error summary and the message beside each field, in the reader's words (GOV.UK error summary pattern). */
export function errorSummary(error: InvalidInput, words: Words, t: Translate): View {
  const list = error.problems.map((problem) => ({ field: idOf(problem), text: sentence(problem, words, t) }))
  const unique = list.filter((entry, index) => list.findIndex((other) => other.field === entry.field) === index)
  return {
    errors: unique.map(({ field, text }) => ({ text, href: `#${field}` })),
    errorOf: Object.fromEntries(
      unique.map(({ field, text }) => [field, { text, visuallyHiddenText: t('web:errorPrefix') }]),
    ),
  }
}

function idOf(problem: Problem): string {
  return problem.field.split('/')[0] ?? problem.field
}

/** The sentence for one fault: the field's own for that rule, else the rule's with the field's name in it. */
export function sentence(problem: Problem, words: Words, t: Translate): string {
  const field = idOf(problem)
  const own = `errors:fields.${field}.${problem.rule}`
  if (words.has(own)) return t(own, problem.detail)
  const rule = `errors:rules.${problem.rule}`
  const name = words.has(`errors:names.${field}`) ? t(`errors:names.${field}`) : field
  return capitalised(t(words.has(rule) ? rule : 'errors:rules.other', { ...problem.detail, field: name }))
}

/** A sentence may begin with the name of a field, which is written small. */
function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
