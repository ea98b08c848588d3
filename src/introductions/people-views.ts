import type { App } from '../app.ts'
import { chatsOf } from '../chats/views.ts'
import type { Card, Viewer } from '../directory/card.ts'
import { entryByPerson, search } from '../directory/views.ts'

/** At most so many people are shown to choose from, of each kind. */
const mostShown = 10

type Seeking = Pick<App, 'db' | 'secrets'>

/** People of her own chats whom the directory still shows, the newest first; not herself, and not who is chosen already. */
export async function metBefore(
  { db }: Seeking,
  accountId: string,
  now: Date,
  viewer: Viewer,
  chosen: Card,
): Promise<readonly Card[]> {
  const chats = (await chatsOf(db, accountId, now)).filter(({ state }) =>
    ['accepted', 'arranged', 'ended'].includes(state),
  )
  const found: Card[] = []
  for (const actor of new Set(chats.map(({ peer }) => peer.actor))) {
    const card = await entryByPerson(db, now, viewer, actor)
    if (card && isOther(card, chosen)) found.push(card)
    if (found.length >= mostShown) break
  }
  return found
}

/** People whom the directory shows for a name; not herself, and not who is chosen already. None without a name. */
export async function named(
  { db, secrets }: Seeking,
  now: Date,
  viewer: Viewer,
  text: string,
  chosen: Card,
): Promise<readonly Card[]> {
  if (text === '') return []
  const { cards } = await search(db, now, viewer, { text }, secrets.order)
  return cards.filter((card) => isOther(card, chosen)).slice(0, mostShown)
}

function isOther(card: Card, chosen: Card): boolean {
  return !card.isMine && card.key !== chosen.key
}
