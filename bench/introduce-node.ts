// A node of `introduce`: web and worker in one process, as `serve` runs them, with people who ask and answer when they are told.
import { enableCompileCache } from 'node:module'
import type { Slot } from '../src/chats/chat.ts'

enableCompileCache()
const [chats, { addresses }, clock, { conceptIri }, { startLogging }, { readConfig }, { rows }, order, partners] =
  await Promise.all([
    import('../src/chats/actions.ts'),
    import('../src/common/addresses.ts'),
    import('../src/common/clock.ts'),
    import('../src/common/vocabularies.ts'),
    import('../src/common/log.ts'),
    import('../src/config.ts'),
    import('../src/database/database.ts'),
    import('../src/directory/order.ts'),
    import('../src/partners/actions.ts'),
  ])
const [{ lookUpPartner }, { startNode }, { noLimit }, { publishListing }, { inventedPerson }, { obey }] =
  await Promise.all([
    import('../src/federation/partner-lookup.ts'),
    import('../src/node.ts'),
    import('../src/partners/limit.ts'),
    import('../src/partners/steps.ts'),
    import('../test/support/people.ts'),
    import('./orders.ts'),
  ])

/** What the bench tells the node. */
export type IntroduceOrder =
  /** Makes so many people in partner scope whose flags are up. */
  | { readonly kind: 'populate'; readonly count: number }
  | { readonly kind: 'follow' | 'approve'; readonly host: string }
  /** The node's clock is so many milliseconds ahead of the machine's. */
  | { readonly kind: 'ahead'; readonly milliseconds: number }
  /** The people from `first` on each ask the one of the same number at `origin`, or say yes to whoever asked. */
  | { readonly kind: 'ask'; readonly first: number; readonly count: number; readonly origin: string }
  | { readonly kind: 'answer'; readonly first: number; readonly count: number }
  /** The number that a query finds. */
  | { readonly kind: 'number'; readonly of: string }

const firstPerson = 10_000
/** As many people at once as a web process has connections for. */
const atOnce = 4

const config = readConfig(process.env)
if (config.databaseUrl === undefined) throw new Error('introduce-node needs DATABASE_URL')
await startLogging(config.logLevel)
let ahead = 0
const node = await startNode({
  config: { ...config, databaseUrl: config.databaseUrl },
  roles: { web: true, worker: true },
  overrides: { now: () => clock.later(clock.systemClock(), ahead) },
})
const { app } = node
const at = addresses(app.config.origin)

obey<IntroduceOrder>(async (told) => {
  if (told.kind === 'populate') return populate(told.count)
  if ('host' in told)
    return told.kind === 'approve'
      ? partners.approve(app, told.host)
      : void (await partners.follow(app, await lookUpPartner(app, told.host)))
  if (told.kind === 'ahead') return void (ahead = told.milliseconds)
  if (told.kind === 'number') return (await rows<{ number: number }>(app.db, told.of))[0]?.number
  if (told.kind === 'ask') return ask(told)
  return answer(told)
})

const personOf = (index: number): string => `p${firstPerson + index}`
const accountOf = (index: number): string => `${personOf(index)}account`

async function populate(count: number): Promise<void> {
  const now = app.now()
  const people = Array.from({ length: count }, (_, index) => personOf(index))
  await rows(
    app.db,
    `insert into account (id, mail, role, state, language, created_at)
     select id || 'account', id || '@north.example', 'member', 'active', 'en', $2 from unnest($1::text[]) id`,
    [people, now],
  )
  await rows(
    app.db,
    `insert into person (id, account_id, handle, created_at) select id, id || 'account', id, $2 from unnest($1::text[]) id`,
    [people, now],
  )
  const opened = clock.later(now, -clock.day)
  await rows(
    app.db,
    `insert into chat_flag (id, account_id, number, kinds, boundaries, capacity, hidden_here, opened_at, ends_at)
     select id || 'flag', id || 'account', 1, '{first-chat}', '{}', 4, false, $2, $3 from unnest($1::text[]) id`,
    [people, opened, clock.later(opened, 60 * clock.day)],
  )
  // Made by a worker otherwise, at a second of processor time each.
  await rows(
    app.db,
    `insert into actor_key (actor_id, kind, private_jwk, public_jwk, made_at)
     select id, kind, private_jwk, public_jwk, made_at from actor_key, unnest($1::text[]) id where actor_id = 'directory'`,
    [people],
  )
  for (const [index, id] of people.entries()) await list(id, firstPerson + index, opened)
}

async function list(id: string, number: number, opened: Date): Promise<void> {
  const person = at.person(id)
  const chat = at.chat(id, 1)
  const ends = clock.rfc3339(clock.later(opened, 60 * clock.day))
  const { seq: _, ...document } = inventedPerson(number, app.config.origin, {
    published: clock.rfc3339(opened),
    updated: clock.rfc3339(opened),
    endTime: clock.rfc3339(clock.later(opened, 365 * clock.day)),
    peerChat: {
      id: chat,
      type: 'Proposal',
      purpose: 'offer',
      attributedTo: person,
      published: clock.rfc3339(opened),
      endTime: ends,
      kinds: [conceptIri('conversation-kinds', 'first-chat')],
      publishes: {
        id: `${chat}#primary`,
        type: 'Intent',
        action: 'deliverService',
        resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
        resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
      },
    },
  })
  await rows(
    app.db,
    `insert into listing (id, account_id, person_id, here, partners, public, discovery, published_at, updated_at, review_at, partners_document)
     values ($1, $2, $3, false, true, false, false, $4, $4, $5, $6)`,
    [`l${number}`, `${id}account`, id, opened, clock.later(opened, 365 * clock.day), JSON.stringify(document)],
  )
  await app.db.transaction((tx) => publishListing(tx, app, document.id, document, noLimit))
}

async function ask({ first, count, origin }: Extract<IntroduceOrder, { kind: 'ask' }>): Promise<void> {
  const found = await rows<{ lid: string; person: string }>(
    app.db,
    `select lid::text as lid, doc::json ->> 'featuredObject' as person from directory_entry where origin_id > 0`,
  )
  const keys = new Map(found.map(({ lid, person }) => [person, order.keyOf(BigInt(lid))]))
  const lines = {
    why: 'You are the only one in your organisation who does this, and so am I in mine.',
    hope: 'To hear how you say no to things, and whom you tell first.',
    bring: 'Our list of what we stopped doing this year, with the reasons.',
  }
  await each(first, count, async (index) => {
    const entry = keys.get(addresses(origin).person(personOf(index)))
    if (entry === undefined) throw new Error(`${personOf(index)} of ${origin} is not shown here`)
    await chats.ask(app, accountOf(index), { entry, kind: 'first-chat', lines, times: [slot(4), slot(5)] })
  })
}

async function answer({ first, count }: Extract<IntroduceOrder, { kind: 'answer' }>): Promise<void> {
  const found = await rows<{ id: string; account: string }>(
    app.db,
    `select id, account_id as account from chat where side = 'asked' and standing = 'requested'`,
  )
  const ids = new Map(found.map(({ id, account }) => [account, id]))
  await each(first, count, (index) =>
    chats.accept(app, accountOf(index), ids.get(accountOf(index)) ?? '', {
      times: [slot(6)],
      place: 'By phone',
      access: null,
      flag: 'stay',
    }),
  )
}

function slot(days: number): Slot {
  const now = app.now()
  const from = clock.later(now, days * clock.day - (now.getTime() % clock.hour))
  return { from, until: clock.later(from, clock.hour / 2) }
}

async function each(first: number, count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = first
  const one = async (): Promise<void> => {
    while (next < first + count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

let stopping: Promise<void> | undefined
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void (stopping ??= node.stop().finally(() => process.exit())))
console.log(JSON.stringify({ url: node.url }))
