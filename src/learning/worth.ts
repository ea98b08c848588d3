/**
 * The one question after a chat, "worth the half hour?", and how two sides may tell each other: first only that they wish to, and what they
 * said once both do. Each side sends all it has to say whenever that changes; messages may come late, twice or crossed.
 */

/** What somebody may answer. Nobody is asked why it did not take place. */
export const answers = ['yes', 'partly', 'no', 'did-not-happen'] as const
export type WorthAnswer = (typeof answers)[number]

/** What can be told to the other side. */
export type SharedAnswer = Exclude<WorthAnswer, 'did-not-happen'>

export const longestNote = 300

/** What one side keeps of it; `their…` is what the other side has told. */
export type Worth = {
  readonly answer: WorthAnswer | null
  readonly note: string
  readonly wishes: boolean
  /** Of what the other side is told; the higher one counts. */
  readonly edition: number
  readonly theirWish: boolean
  readonly theirEdition: number
  readonly theirAnswer: SharedAnswer | null
  readonly theirNote: string
}

/** All that one side tells the other. `said` goes only once both wish it. */
export type WorthMessage = {
  readonly edition: number
  readonly wishes: boolean
  readonly said?: { readonly answer: SharedAnswer; readonly note: string }
}

/** A side that has said and heard nothing. */
export const unsaid: Worth = {
  answer: null,
  note: '',
  wishes: false,
  edition: 0,
  theirWish: false,
  theirEdition: 0,
  theirAnswer: null,
  theirNote: '',
}

/** What becomes of it, and whether the other side must hear. */
export type WorthOutcome = { readonly worth: Worth; readonly isToTell: boolean }

/** She answers, or changes her answer. What did not take place is worth nothing to share, and has no note. */
export function answered(worth: Worth, answer: WorthAnswer): WorthOutcome {
  if (answer === 'did-not-happen') return told(worth, { ...withoutTheirs(worth), answer, note: '', wishes: false })
  return told(worth, { ...worth, answer })
}

/** Her note, and whether she wishes that both tell each other. Only after she has answered that it took place. */
export function noted(worth: Worth, note: string, wishes: boolean): WorthOutcome {
  if (shared(worth.answer) === null) return { worth, isToTell: false }
  return told(worth, { ...(wishes ? worth : withoutTheirs(worth)), note, wishes })
}

/** What the other side tells. Older than what is known changes nothing; what it said is kept only while both wish that. */
export function heard(worth: Worth, message: WorthMessage): WorthOutcome {
  if (message.edition <= worth.theirEdition) return { worth, isToTell: false }
  const known = { ...worth, theirEdition: message.edition, theirWish: message.wishes }
  const { said } = message
  const isKept = worth.wishes && message.wishes && said !== undefined
  const after = isKept ? { ...known, theirAnswer: said.answer, theirNote: said.note } : withoutTheirs(known)
  // They wish it from now on, and have not been told what she said.
  const isNew = worth.wishes && message.wishes && !worth.theirWish
  return { worth: isNew ? { ...after, edition: after.edition + 1 } : after, isToTell: isNew }
}

/** All that the other side may be told now. */
export function messageOf({ answer, note, wishes, edition, theirWish }: Worth): WorthMessage {
  const said = shared(answer)
  return { edition, wishes, ...(wishes && theirWish && said !== null ? { said: { answer: said, note } } : {}) }
}

/** An answer that can be told to the other side. */
export function shared(answer: WorthAnswer | null): SharedAnswer | null {
  return answer === null || answer === 'did-not-happen' ? null : answer
}

/** A note as it is kept: one paragraph. */
export function cleanNote(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
}

// Only what the other side would notice is told: a wish, or, while there is one, what belongs to it.
function told(before: Worth, after: Worth): WorthOutcome {
  const isChanged = before.answer !== after.answer || before.note !== after.note
  const isToTell = before.wishes !== after.wishes || (after.wishes && isChanged)
  return { worth: isToTell ? { ...after, edition: before.edition + 1 } : after, isToTell }
}

function withoutTheirs(worth: Worth): Worth {
  return { ...worth, theirAnswer: null, theirNote: '' }
}
