// Two partner nodes, with people on both who are listed and open; what is asked and answered goes over HTTP.
import type { Exchange } from '../../../src/chats/chat.ts'
import type { Chat } from '../../../src/chats/record.ts'
import { chatById, chatsOf } from '../../../src/chats/views.ts'
import { createOutbound } from '../../../src/common/outbound.ts'
import { rows } from '../../../src/database/database.ts'
import { signAs, signedGet } from '../../../src/federation/signed.ts'
import { subscribe, settleAll } from '../../partners/people.ts'
import { anOpenResident } from '../../support/chats.ts'
import { aNode, type TestNode } from '../../support/node.ts'
import type { Resident } from '../../support/resident.ts'

/** A POST that left a node, as it was: who signs and all. */
export type Posted = { readonly url: string; readonly headers: Headers; readonly body: string; readonly activity: Sent }
export type Sent = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly type: string
  readonly actor: string
}

/** A node whose network can be cut, and whose POSTs about chats are remembered. */
export type Side = TestNode & {
  readonly posted: Posted[]
  /** While it is true nothing leaves this node. */
  isCut: boolean
  /** What a POST is answered with although it arrives, or null. */
  answer: number | null
}

export async function aSide(name: string, settings: Readonly<Record<string, string>> = {}): Promise<Side> {
  const posted: Posted[] = []
  const state = { isCut: false, answer: null as number | null }
  const out = createOutbound({ allowPrivateAddresses: true, userAgent: name })
  const node = await aNode({
    settings: { SIDEWAYS_NAME: name, ...settings },
    overrides: {
      outbound: {
        close: () => out.close(),
        async fetch(request, options) {
          if (state.isCut) return out.fetch(new Request('http://127.0.0.1:9/'), options)
          if (request.method !== 'POST') return out.fetch(request, options)
          const signed = options?.sign ? await options.sign(request.clone()) : request
          const body = await request.clone().text()
          const activity = JSON.parse(body) as Sent // our own
          if ('context' in activity || activity.type === 'Reject')
            posted.push({ url: request.url, headers: signed.headers, body, activity })
          const answer = await out.fetch(request, options)
          return state.answer === null ? answer : { ...answer, status: state.answer }
        },
      },
    },
  })
  return Object.defineProperties(node, {
    posted: { value: posted },
    isCut: { get: () => state.isCut, set: (cut: boolean) => void (state.isCut = cut) },
    answer: { get: () => state.answer, set: (status: number | null) => void (state.answer = status) },
  }) as Side
}

export type Two = { readonly north: Side; readonly south: Side }

/** Two nodes that read each other. */
export async function twoPartners(settings: Readonly<Record<string, string>> = {}): Promise<Two> {
  const north = await aSide('North Council', settings)
  const south = await aSide('South Hospice', settings)
  await subscribe(north, south)
  await subscribe(south, north)
  return { north, south }
}

let made = 0

export type Pair = { readonly asha: Resident; readonly ben: Resident; readonly names: { asha: string; ben: string } }

/** One more person on each node, whom the other node shows. */
export async function aPair({ north, south }: Two): Promise<Pair> {
  made += 1
  const names = { asha: `Asha ${made}`, ben: `Ben ${made}` }
  const asha = await anOpenResident(north, `asha${made}`, names.asha)
  const ben = await anOpenResident(south, `ben${made}`, names.ben)
  await carried(north, south)
  return { asha, ben, names }
}

/** Lets both do their jobs, also those that were put off, until nobody has anything left to say. */
export async function carried(...nodes: readonly TestNode[]): Promise<void> {
  await settleAll(...nodes)
}

/** The only chat, or the newest, of a person. */
export async function chatAt(node: TestNode, who: Resident): Promise<Chat | undefined> {
  return (await chatsOf(node.app.db, who.id, node.time))[0]
}

export async function chatNow(node: TestNode, id: string): Promise<Chat | undefined> {
  return chatById(node.app.db, id, node.time)
}

/** What both sides must come to agree on. */
export function agreedOn(chat: Chat | undefined): Exchange | undefined {
  return chat?.exchange
}

/** How many messages and refusals wait on a node to be sent. */
export async function waitingAt(node: TestNode): Promise<number> {
  return (await rows(node.app.db, 'select 1 from chat_message')).length
}

/** Sends one of a node's POSTs once more, byte for byte. */
export async function again({ url, headers, body }: Posted): Promise<number> {
  return (await fetch(url, { method: 'POST', headers, body })).status
}

/** Posts something to an inbox, signed by a person of a node, whoever it says that it is from. Returns the status. */
export async function postAs(node: TestNode, personId: string, to: string, activity: object): Promise<number> {
  const body = JSON.stringify(activity)
  const headers = { 'content-type': 'application/activity+json' }
  const sign = await signAs(node.app, personId)
  return (await fetch(await sign(new Request(`${to}/inbox`, { method: 'POST', headers, body })))).status
}

/** How an actor's document is answered to somebody who signs as an actor of a node. */
export async function readAs(node: TestNode, sender: string, actor: string): Promise<number> {
  return (await signedGet(node.app, sender, actor, { accept: 'application/activity+json' })).status
}
