import { languages } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import { lineNames, readyLines } from './ask.ts'
import type { Word } from './chat.ts'
import { readyNeeds, readyPlaces } from './place.ts'
import type { Lines } from './record.ts'

function isOneOf(words: Words, keys: readonly string[], text: string): boolean {
  return languages.some((language) => keys.some((key) => words.in(language)(key) === text))
}

/** Of three lines those that are ready sentences, in whichever language; nothing in the place of any other. */
export function readyOnly(words: Words, lines: Lines): Lines {
  const kept = (name: keyof Lines): string => {
    const keys = readyLines[name].map((key) => `chats:ask.ready.${name}.${key}`)
    return isOneOf(words, keys, lines[name]) ? lines[name] : ''
  }
  const [why, hope, bring] = lineNames.map(kept)
  return { why: why ?? '', hope: hope ?? '', bring: bring ?? '' }
}

/** Of place and needs what ready sentences say, in whichever language; nothing in the place of other words. */
export function readyWord(words: Words, { edition, place, access }: Word): Word {
  const places = readyPlaces.map((key) => `chats:place.ready.${key}`)
  const needs = languages.flatMap((language) =>
    readyNeeds.map((key) => words.in(language)(`chats:place.need.${key}`)).filter((need) => access?.includes(need)),
  )
  return {
    edition,
    place: place !== null && isOneOf(words, places, place) ? place : null,
    access: needs.length === 0 ? null : needs.join(' '),
  }
}

/** The lines that are no ready sentences. */
export function notReady(words: Words, lines: Lines): readonly (keyof Lines)[] {
  const ready = readyOnly(words, lines)
  return lineNames.filter((name) => ready[name] === '')
}
