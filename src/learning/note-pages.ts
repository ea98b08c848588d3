import type { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { labelOf, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { profileOf } from '../profile/views.ts'
import { form } from '../web/form.ts'
import type { Body, Visit } from '../web/visit.ts'
import { noteTerms, rhythms, type NoteTerms } from './note.ts'

const fields = ['noteName', 'manager', 'job', 'rhythm', 'noteLanguage'] as const

/** Half a page about protected time, to agree with a manager: from a form to paper, and kept nowhere. */
export function addNotePage(router: Router, app: App): void {
  form(router, app, paths.protectedTime, {
    who: 'anyone',
    view: 'learning/note-form.njk',
    load: async (visit) => noteForm(visit, { ...(await known(app, visit)), noteLanguage: visit.language }),
    submit: async (visit, body) => {
      const typed = typedIn(body)
      if (body.text('change') !== '') return { show: 'learning/note-form.njk', view: noteForm(visit, typed) }
      const read = noteTerms(typed)
      if ('problems' in read) throw new InvalidInput(read.problems)
      const { terms } = read
      return {
        show: 'learning/note.njk',
        view: { noteLanguage: terms.language, note: noteOf(terms, app.words.in(terms.language)), typed },
      }
    },
  })
}

function noteForm({ t }: Visit, values: Readonly<Record<string, string>>) {
  return { values, rhythms: rhythms.map((value) => ({ value, text: t(`learning:note.rhythm.${value}`) })) }
}

function typedIn(body: Body): Readonly<Record<(typeof fields)[number], string>> {
  return {
    noteName: body.text('noteName'),
    manager: body.text('manager'),
    job: body.text('job'),
    rhythm: body.text('rhythm'),
    noteLanguage: body.text('noteLanguage'),
  }
}

/** The note as it stands on paper, in its own language. */
function noteOf(terms: NoteTerms, t: Translate) {
  const say = (key: string): string => t(`learning:note.${key}`)
  return {
    title: say('paper.title'),
    facts: [
      { name: say('paper.from'), text: terms.name },
      { name: say('paper.job'), text: terms.job },
      { name: say('paper.to'), text: terms.manager },
    ],
    parts: (['what', 'why', 'ask', 'careful', 'look'] as const).map((part) => ({
      title: say(`paper.${part}.title`),
      text: part === 'ask' ? `${say(`paper.ask.${terms.rhythm}`)} ${say('paper.ask.text')}` : say(`paper.${part}.text`),
    })),
    agreed: [say('paper.signs.manager'), say('paper.signs.me'), say('paper.signs.day')],
  }
}

// What she has told her own node need not be typed again.
async function known(app: App, { account, language }: Visit): Promise<Readonly<Record<string, string>>> {
  const fieldsKnown = account && (await profileOf(app.db, account.id))?.fields
  return { noteName: fieldsKnown?.displayName ?? '', job: jobOf(fieldsKnown, language) }
}

function jobOf(
  profile:
    | { readonly jobTitle?: string; readonly roles?: readonly string[]; readonly roleInWords?: string }
    | undefined,
  language: Language,
): string {
  const [role] = profile?.roles ?? []
  return profile?.jobTitle ?? profile?.roleInWords ?? (role === undefined ? '' : labelOf('roles', role, language))
}
