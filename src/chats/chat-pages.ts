import type { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { concept, vocabulary, type Language } from '../common/vocabularies.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByListing, entryByPerson } from '../directory/views.ts'
import { running } from '../listing/flag.ts'
import { flagOf, listingOf } from '../listing/views.ts'
import { profileOf } from '../profile/views.ts'
import { suggestionShown } from '../suggestions/shown.ts'
import { suggestionsFor } from '../suggestions/views.ts'
import { page, type View } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { lastDayToAnswer, type HerTimes } from './clocks.ts'
import type { Chat } from './record.ts'
import { colourOf, shownInList, shownTime, shownWord, stateKey, turnOf, turns } from './shown.ts'
import { subjectKey } from './subject-views.ts'
import { chatOf, chatsOf } from './views.ts'

/** So many other people are shown to somebody who was told "not now", or nothing. */
const freshPeople = 3

/** Her list of chats, and one chat with all that she can do about it. */
export function addChatPages(router: Router, app: App): void {
  page(router, app, paths.chats, {
    who: 'signed-in',
    view: 'chats/chats.njk',
    load: (visit) => listPage(app, visit),
  })
  page(router, app, paths.chat(':id'), {
    who: 'signed-in',
    view: 'chats/chat.njk',
    load: async (visit) => chatPage(app, visit, await theChat(app, visit)),
  })
}

/** The chat of the address, which is the reader's own. Refusal chat-unknown. */
export async function theChat(app: App, { account, params, now }: SignedInVisit): Promise<Chat> {
  const chat = await chatOf(app.db, account.id, params['id'] ?? '', now)
  if (!chat) throw new Refusal('chat-unknown')
  return chat
}

/** For each chat of a reader: by which clocks she reads its times, and when she has another chat. */
export async function clocksOfReader(
  app: App,
  accountId: string,
  now: Date,
): Promise<(chat: Pick<Chat, 'id' | 'peer'>) => HerTimes> {
  const own = (await profileOf(app.db, accountId))?.fields ?? {}
  const arranged = (await chatsOf(app.db, accountId, now)).filter(({ state }) => state === 'arranged')
  return ({ id, peer }) => ({
    own,
    otherCountry: peer.country,
    nodeZone: app.config.timeZone,
    taken: arranged.flatMap((one) => (one.id !== id && one.exchange.plan.slot ? [one.exchange.plan.slot] : [])),
  })
}

async function listPage(app: App, { account, now, language, t }: SignedInVisit): Promise<View> {
  const clocks = await clocksOfReader(app, account.id, now)
  const shown = (await chatsOf(app.db, account.id, now)).map((chat) => shownInList(chat, clocks(chat), language, t))
  const listing = await listingOf(app.db, account.id)
  return {
    back: paths.home,
    groups: turns
      .map((turn) => ({ turn, colour: colourOf[turn], chats: inOrder(shown.filter((one) => one.turn === turn)) }))
      .filter(({ chats }) => chats.length > 0),
    isOpen: running(await flagOf(app.db, account.id), now) !== undefined,
    isPublic: listing?.public ?? false,
  }
}

// What comes next comes first; the others stay newest first.
function inOrder<Shown extends ReturnType<typeof shownInList>>(chats: readonly Shown[]): readonly Shown[] {
  if (chats[0]?.turn !== 'arranged') return chats
  return chats.toSorted((one, other) => ((one.time?.value ?? '') < (other.time?.value ?? '') ? -1 : 1))
}

async function chatPage(app: App, visit: SignedInVisit, chat: Chat): Promise<View> {
  const { account, now, language, t } = visit
  const { id, side, state, exchange, peer, deeds, lines } = chat
  const clocks = (await clocksOfReader(app, account.id, now))(chat)
  const other = side === 'asker' ? 'asked' : 'asker'
  const may = (deed: Chat['deeds'][number]): boolean => deeds.includes(deed)
  const kind = concept('conversation-kinds', chat.kind)
  return {
    back: paths.chats,
    id,
    side,
    state,
    stateKey: stateKey(chat),
    turn: turnOf(chat),
    colour: colourOf[turnOf(chat)],
    name: peer.name,
    peer,
    role: peer.role === null ? undefined : roleIn(peer.role, language),
    entry: await entryKeyOf(app, visit, chat),
    subject: subjectKey(id),
    kind: { label: kind?.label[language] ?? chat.kind, definition: kind?.definition?.[language] },
    boundaries: chat.boundaries,
    introducer: await introducerOf(app, visit, chat),
    invited: await invitedOf(app, visit, chat),
    isConvener: chat.invited.length > 0 && side === 'asker',
    lines: (['why', 'hope', 'bring'] as const)
      .map((name) => ({ name, text: lines[name] }))
      .filter(({ text }) => text !== ''),
    answerBy: lastDayToAnswer(exchange.lapsesAt, clocks, language),
    endsAt: chat.endsAt,
    time: exchange.plan.slot ? shownTime(exchange.plan.slot, clocks, language, t) : undefined,
    offered:
      state === 'requested' || state === 'accepted'
        ? exchange.plan.offered.map((slot) => ({
            ...shownTime(slot, clocks, language, t),
            ...(slot.from > now ? {} : { warning: t('chats:pick.passed') }),
          }))
        : [],
    isAgreed: state === 'accepted' || state === 'arranged',
    hers: shownWord(exchange.words[side]),
    theirs: shownWord(exchange.words[other]),
    can: {
      accept: may('accept'),
      withdraw: may('withdraw'),
      choose: may('choose') && exchange.plan.offered.some(({ from }) => from > now),
      offerTimes: may('offer-times'),
      move: may('move'),
      sayPlace: may('say-place'),
      callOff: may('call-off'),
    },
    people: side === 'asker' && (state === 'declined' || state === 'lapsed') ? await others(app, visit, chat) : [],
  }
}

// Who else is asked, as far as her own directory shows them.
async function invitedOf(app: App, { account, now }: SignedInVisit, { invited }: Chat) {
  const viewer = await viewerOf(app.db, account)
  const found: { readonly name?: string; readonly key?: string }[] = []
  for (const actor of invited) {
    const card = await entryByPerson(app.db, now, viewer, actor)
    if (card?.isMine !== true) found.push(card ? { name: card.document.name, key: card.key } : {})
  }
  return found
}

// A listing names the role in English where it is one of the list.
function roleIn(name: string, language: Language): string {
  const known = vocabulary('roles').concepts.find(({ label }) => Object.values(label).includes(name))
  return known?.label[language] ?? name
}

// By name where the reader's own directory shows who it was.
async function introducerOf(app: App, { account, now }: SignedInVisit, { introducedBy }: Chat) {
  if (introducedBy === null) return undefined
  const card = await entryByPerson(app.db, now, await viewerOf(app.db, account), introducedBy)
  return card ? { name: card.document.name, key: card.key } : {}
}

async function entryKeyOf(app: App, { account, now }: SignedInVisit, { peer }: Chat): Promise<string | undefined> {
  if (peer.entry === null) return undefined
  return (await entryByListing(app.db, now, await viewerOf(app.db, account), peer.entry))?.key
}

// Somebody else instead of a dead end. The page of a chat must not fail because many search.
async function others(app: App, { account, now, language, t }: SignedInVisit, { peer }: Chat) {
  try {
    const { people } = await suggestionsFor(app, await viewerOf(app.db, account), now)
    return people
      .filter(({ card }) => card.document.featuredObject !== peer.actor)
      .slice(0, freshPeople)
      .map((one) => suggestionShown(one, app, language, t))
  } catch (error) {
    if (error instanceof Refusal && error.code === 'search-too-slow') return []
    throw error
  }
}
