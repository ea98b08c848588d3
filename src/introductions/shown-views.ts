import type { App } from '../app.ts'
import type { Account } from '../accounts/account.ts'
import { longDay } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import type { Card } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByPerson } from '../directory/views.ts'
import { deedsOf, standingAt, type Introduction, type Part } from './introduction.ts'

const parts = ['asker', 'introducer', 'target'] as const

/** What her own directory shows of the others, now; nothing of who is not in it. */
export async function othersOf(
  app: App,
  account: Account,
  one: Introduction,
): Promise<Readonly<Partial<Record<Part, Card>>>> {
  const viewer = await viewerOf(app.db, account)
  const found: Partial<Record<Part, Card>> = {}
  for (const part of parts) {
    if (part === one.part) continue
    const card = await entryByPerson(app.db, app.now(), viewer, one[part])
    if (card) found[part] = card
  }
  return found
}

/** An introduction as its page and its line in the list show it. */
export async function introductionShown(
  app: App,
  { account, language, t }: { readonly account: Account; readonly language: Language; readonly t: Translate },
  one: Introduction,
) {
  const others = await othersOf(app, account, one)
  const names = namesOf(others, t)
  const standing = standingAt(one, app.now())
  const until = standing === 'agreed' ? one.agreedUntil : one.answerBy
  const detail = { ...names, day: longDay(until ?? one.answerBy, language) }
  return {
    id: one.id,
    part: one.part,
    standing,
    deeds: deedsOf(one, app.now()),
    title: t(`introductions:list.${one.part}`, detail),
    state: t(`introductions:state.${one.part}.${standing}`, detail),
    names,
    people: parts.flatMap((part) => {
      const card = others[part]
      if (part === one.part) return []
      return [{ part, name: names[part], ...(card ? factsOf(card) : {}) }]
    }),
    isHidden: Object.keys(others).length < 2,
    line: one.line,
    askFor:
      one.part === 'asker' && standing === 'agreed' && others.target
        ? `${paths.ask(others.target.key)}?by=${encodeURIComponent(one.introducer)}`
        : undefined,
  }
}

/** What the three are called in sentences for one of them. */
export function namesOf(others: Readonly<Partial<Record<Part, Card>>>, t: Translate): Readonly<Record<Part, string>> {
  const name = (part: Part): string => others[part]?.document.name ?? t('introductions:somebody')
  return { asker: name('asker'), introducer: name('introducer'), target: name('target') }
}

/** What a list to choose from says of a person. */
export function factsOf({ key, document }: Card) {
  const { hasOccupation, worksFor, name } = document
  return {
    key,
    name,
    work: [hasOccupation[0]?.name, worksFor.name].filter((part) => part !== undefined).join(', '),
  }
}
