// What people and administrators do on a node in a process of its own, and what can be asked of it.
import { consoleLink } from '../../src/accounts/actions.ts'
import { mailAddress } from '../../src/accounts/account.ts'
import { accept, ask, callOff, move } from '../../src/chats/actions.ts'
import { chatsOf } from '../../src/chats/views.ts'
import { directoryActor } from '../../src/common/addresses.ts'
import { hour, later } from '../../src/common/clock.ts'
import { oneRow, rows } from '../../src/database/database.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { closeToChat, withdraw } from '../../src/listing/actions.ts'
import { limitCopies } from '../../src/listing/limit-actions.ts'
import { approve, follow, leave, reject } from '../../src/partners/actions.ts'
import { rootOf, type Entry } from '../../src/partners/set.ts'
import { verifyStatement } from '../../src/partners/statement.ts'
import { partnerByHost, partners } from '../../src/partners/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { entryOf } from './chats.ts'
import type { TestNode } from './node.ts'
import type { Deed, OriginState, OwnPerson } from './node-child-words.ts'
import { aResident, listed, opened, type Resident } from './resident.ts'

/** What a statement says. */
export type StatementFields = {
  readonly epoch: string
  readonly seq: number
  readonly totalItems: number
  readonly root: string
  readonly issued: string
  readonly validUntil: string
}

const page = { language: 'en', channel: 'page' } as const

/** Does it, as the page or the command would. */
export async function act(node: TestNode, given: Deed): Promise<void> {
  if ('host' in given) return deal(node, given.deed, given.host)
  if (given.deed === 'join') {
    await aResident(node, given.person, { displayName: given.person, introduction: given.introduction })
    return
  }
  const who = await residentOf(node, given.person)
  if (given.deed === 'say') await saveFields(node.app, who.id, { introduction: given.introduction })
  if (given.deed === 'publish') await listed(node, who, ['partners'])
  if (given.deed === 'withdraw') await withdraw(node.app, who, page)
  if (given.deed === 'open') await opened(node, who)
  if (given.deed === 'close') await closeToChat(node.app, who)
  if ('from' in given || given.deed === 'call-off') await converse(node, who, given)
  if (given.deed === 'hide') await limitCopies(node.app, who, { hosts: given.hosts, countries: null }, page)
}

/** What somebody does about her newest chat. */
async function converse(
  node: TestNode,
  who: Resident,
  given: Extract<Deed, { deed: 'ask' | 'say-yes' | 'move' | 'call-off' }>,
): Promise<void> {
  const [chat] = await chatsOf(node.app.db, who.id, node.time)
  const slot = 'from' in given ? { from: given.from, until: later(given.from, hour / 2) } : undefined
  if (given.deed === 'ask') {
    const entry = await entryOf(node, given.whom)
    const lines = { why: 'You do what I do.', hope: 'Two ideas.', bring: 'Two questions.' }
    await ask(node.app, who.id, { entry, kind: 'first-chat', lines, times: slot ? [slot] : [] })
    return
  }
  if (!chat) throw new Error(`${given.person} has no chat`)
  if (given.deed === 'say-yes' && slot)
    await accept(node.app, who.id, chat.id, { slot, place: 'Room 4', access: null, flag: 'stay' })
  if (given.deed === 'move' && slot) await move(node.app, who.id, chat.id, slot)
  if (given.deed === 'call-off') await callOff(node.app, who.id, chat.id)
}

async function deal(node: TestNode, deed: 'follow' | 'approve' | 'leave' | 'reject', host: string): Promise<void> {
  if (deed === 'follow') await follow(node.app, await lookUpPartner(node.app, host))
  if (deed === 'approve') await approve(node.app, host)
  if (deed === 'leave') await leave(node.app, host)
  if (deed === 'reject') await reject(node.app, host)
}

async function residentOf(node: TestNode, handle: string): Promise<Resident> {
  const found = await oneRow<{ id: string }>(node.app.db, 'select account_id as id from profile where handle = $1', [
    handle,
  ])
  if (!found) throw new Error(`${handle} is not here`)
  return { id: found.id, handle, language: 'en' }
}

/** Everybody's own decisions. */
export function people(node: TestNode): Promise<readonly OwnPerson[]> {
  return rows<OwnPerson>(
    node.app.db,
    `select p.handle, p.fields->>'introduction' as introduction, coalesce(l.partners, false) as "isListed",
       coalesce(x.hosts, '{}') as "hiddenFrom",
       exists (select from chat_flag f where f.account_id = p.account_id and f.closed_at is null and f.ends_at > $1) as "isOpen"
     from profile p left join listing l using (account_id) left join listing_limit x using (account_id)
     where p.handle is not null order by p.handle`,
    [node.time],
  )
}

/** How every reading stands. */
export async function origins(node: TestNode): Promise<readonly OriginState[]> {
  const states: OriginState[] = []
  for (const { id, host, reading, copies } of await partners(node.app.db)) {
    if (!reading) continue
    const { validUntil, hidden, trouble, cursor, epoch, failures, lastContact } = reading
    const found = await oneRow<{ entries: number }>(
      node.app.db,
      'select count(*)::int as entries from directory_entry where origin_id = $1',
      [id],
    )
    // Over what is there, by the rule and not by the statement that the node uses itself.
    const held = await rows<Entry>(
      node.app.db,
      `select id, encode(content_hash, 'hex') as "contentHash" from copy where origin_id = $1`,
      [id],
    )
    const root = rootOf(held)
    const state = { host, validUntil, hidden, trouble, cursor, epoch, failures, lastContact, root, copies }
    states.push({ ...state, entries: found?.entries ?? 0 })
  }
  return states
}

/** What another node states to this one, over HTTP; thrown away unless its pinned key signed it. */
export async function statementOf(node: TestNode, host: string): Promise<StatementFields> {
  const partner = await partnerByHost(node.app.db, host)
  if (!partner) throw new Error(`${host} is no partner`)
  const answer = await signedGet(node.app, directoryActor, partner.statementUrl)
  if (answer.status !== 200) throw new Error(`${host} answered ${answer.status}`)
  const statement: unknown = JSON.parse(answer.body.toString('utf8'))
  if (!verifyStatement(statement, partner.directoryKey)) throw new Error(`${host} gave a forged statement`)
  return statement as StatementFields // its own node signed it
}

/** A one-time link for somebody who reads here; her account is made. */
export async function linkFor(node: TestNode, mail: string): Promise<string> {
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', 'active', 'en', $3)
     on conflict (mail) do nothing`,
    [node.app.newId(), mailAddress(mail), node.time],
  )
  return consoleLink(node.app, node.url, { mail, makeAdministrator: false })
}
