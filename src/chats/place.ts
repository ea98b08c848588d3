import { InvalidInput } from '../common/errors.ts'
import type { Translate } from '../common/words.ts'
import type { Word } from './chat.ts'
import { tidiedWord, wordProblems } from './terms.ts'

/** What can be said of a place where the host lets nobody write in her own words, in the order of the page (words, chats:place.ready). */
export const readyPlaces = ['ring-me', 'ring-you', 'visit-me', 'visit-you'] as const

/** What can be said there of needs (words, chats:place.need). */
export const readyNeeds = ['captions', 'typing', 'slow', 'breaks', 'lips', 'steps'] as const

/** Where she can be met and what she needs. */
export type Said = Pick<Word, 'place' | 'access'>

/** What a form about it sent: her own words, or the names of ready sentences. */
export type PlaceForm = { readonly places: readonly string[]; readonly needs: readonly string[] }

/** What it says. InvalidInput (meetingPlace, accessNeeds) where it is too long, or no ready sentence and must be one. */
export function readPlace({ places, needs }: PlaceForm, hasWords: boolean, t: Translate): Said {
  const [place = ''] = places
  const said = hasWords
    ? { place, access: needs[0] ?? '' }
    : { place: readySentence(place, t), access: needs.map((need) => needSentence(need, t)).join(' ') }
  const names = { place: 'meetingPlace', access: 'accessNeeds' } as const
  const problems = wordProblems(tidiedWord(said)).map((problem) => ({
    ...problem,
    field: problem.field === 'place' ? names.place : names.access,
  }))
  if (problems.length > 0) throw new InvalidInput(problems)
  return tidiedWord(said)
}

/** The values of the form for what she said before. */
export function placeValues({ place, access }: Said, hasWords: boolean, t: Translate) {
  if (hasWords) return { meetingPlace: place ?? '', accessNeeds: access ?? '' }
  return {
    meetingPlace: readyPlaces.find((one) => t(`chats:place.ready.${one}`) === place) ?? '',
    accessNeeds: readyNeeds.filter((one) => (access ?? '').includes(t(`chats:place.need.${one}`))),
  }
}

/** The ready sentences as a page offers them. */
export function readySentences(t: Translate) {
  return {
    places: readyPlaces.map((one) => ({ value: one, text: t(`chats:place.ready.${one}`) })),
    needs: readyNeeds.map((one) => ({ value: one, text: t(`chats:place.need.${one}`) })),
  }
}

function readySentence(name: string, t: Translate): string {
  if (name === '') return ''
  const known = readyPlaces.find((one) => one === name)
  if (known === undefined) throw new InvalidInput([{ field: 'meetingPlace', rule: 'enum' }])
  return t(`chats:place.ready.${known}`)
}

function needSentence(name: string, t: Translate): string {
  const known = readyNeeds.find((one) => one === name)
  if (known === undefined) throw new InvalidInput([{ field: 'accessNeeds', rule: 'enum' }])
  return t(`chats:place.need.${known}`)
}
