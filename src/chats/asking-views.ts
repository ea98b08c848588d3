import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import type { Language, Translate } from '../common/words.ts'
import type { Card } from '../directory/card.ts'
import { shown, type Shown } from '../directory/shown.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import type { OwnHours } from '../hours/meeting.ts'
import { draftOf } from './ask-draft-views.ts'
import type { Draft } from './ask.ts'
import { mayAsk, type NotNow } from './ask-views.ts'
import type { Slot } from './chat.ts'
import { termsOf } from './record.ts'
import { minutesOf, type Meeting } from './times.ts'
import { chatsOf } from './views.ts'

/** What every step of asking begins with: whom, as the asker sees her, and what she has said so far; or why she may not ask. */
export type Asking =
  | {
      readonly may: true
      readonly card: Card
      readonly one: Shown
      readonly draft: Draft | undefined
      readonly own: OwnHours
      /** The times of her other chats. */
      readonly taken: readonly Slot[]
      /** What can be asked for (slugs in conversation-kinds); anything where somebody introduced them and no flag is up. */
      readonly kinds: readonly [string, ...string[]]
      /** Somebody brought them together, and this is the request that may follow. */
      readonly introduced: boolean
    }
  | { readonly may: false; readonly name: string; readonly because: NotNow; readonly chatId?: string }

/** Who asks whom: `params.key` is the key of the other's page in the directory. */
export type Asker = {
  readonly account: Account
  readonly params: Readonly<Record<string, string>>
  readonly now: Date
  readonly language: Language
  readonly t: Translate
}

/** Reads whom the address names. Refusal not-found where the reader may not see her. */
export async function askingOf(app: App, { account, params, now, language, t }: Asker): Promise<Asking> {
  const key = params['key'] ?? ''
  const viewer = await viewerOf(app.db, account)
  const card = await entryByKey(app.db, now, viewer, key)
  if (!card) throw new Refusal('not-found')
  const allowed = await mayAsk(app, account.id, card, now)
  const one = shown(card, app, language, t)
  if (!allowed.may)
    return {
      may: false,
      name: one.name,
      because: allowed.because,
      ...(allowed.chatId === undefined ? {} : { chatId: allowed.chatId }),
    }
  const [kind, ...others] = termsOf(card.document).kinds
  if (kind === undefined && !allowed.introduced) return { may: false, name: one.name, because: 'not-open' }
  const kinds = [kind ?? 'first-chat', ...others] as const
  return {
    may: true,
    card,
    one,
    kinds,
    introduced: allowed.introduced,
    draft: await draftOf(app.db, account.id, key, now),
    own: viewer.profile ?? {},
    taken: (await chatsOf(app.db, account.id, now)).flatMap(({ state, exchange: { plan } }) =>
      state === 'arranged' && plan.slot ? [plan.slot] : [],
    ),
  }
}

/** The two who look for a time, as far as the asker's node knows. */
export function meetingFor({ card, own, taken }: Extract<Asking, { may: true }>, kind: string): Meeting {
  return { own, otherCountry: card.document.worksFor.addressCountry, minutes: minutesOf(kind), taken }
}
