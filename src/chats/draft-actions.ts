import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { concept } from '../common/vocabularies.ts'
import { keepDraft, lockDrafts, removeDraft, removeEndedDrafts } from './ask-draft-store.ts'
import { draftOf } from './ask-draft-views.ts'
import { draftDays, mostDrafts, type Draft } from './ask.ts'
import { minutesOf } from './times.ts'

const emptyLines = { why: '', hope: '', bring: '' }

/**
 * Keeps an answer of somebody who is about to ask for a chat, for seven days from now. A kind that takes longer or shorter than the
 * one before takes back the times. InvalidInput where there is no such kind, or none is said yet.
 */
export function saveDraft(
  needs: Needs,
  accountId: string,
  entry: string,
  part: Partial<Omit<Draft, 'entry'>>,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    await lockDrafts(tx, accountId)
    const known = await draftOf(tx, accountId, entry, now)
    const kind = part.kind ?? known?.kind
    if (kind === undefined || !concept('conversation-kinds', kind))
      throw new InvalidInput([{ field: 'chatKind', rule: 'choose' }])
    const isAsLong = known !== undefined && minutesOf(known.kind) === minutesOf(kind)
    const draft: Draft = {
      entry,
      lines: emptyLines,
      introducedBy: null,
      ...known,
      ...part,
      kind,
      times: part.times ?? (isAsLong ? known.times : null),
    }
    await keepDraft(tx, accountId, draft, { endsAt: later(now, draftDays * day), most: mostDrafts })
  })
}

/** Forgets what a person had begun to ask. Nothing when there is nothing. */
export function forgetDraft(needs: Needs, accountId: string, entry: string): Promise<void> {
  return needs.db.transaction((tx) => removeDraft(tx, accountId, entry))
}

/** Clears away what was begun and never sent. No page shows it from the second on in which it ends, whether or not this ran. */
export function tidyDrafts(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => removeEndedDrafts(tx, needs.now()))
}
