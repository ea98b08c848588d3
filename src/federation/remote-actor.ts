import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import { getJson } from './signed.ts'
import { activityJson } from './context.ts'

/** What we need of an actor on another server, whatever its software. */
export type RemoteActor = {
  readonly id: string
  readonly handle: string | null
  readonly inbox: string
  readonly sharedInbox: string | null
}

/** Fetches an actor from its own server. Throws OutboundError when it cannot be had or is not what it says it is. */
export async function readRemoteActor(app: App, actor: string): Promise<RemoteActor> {
  const document = parse('remote-actor', await getJson(app, nodeActor, actor, { accept: activityJson }))
  const { origin, host } = new URL(actor)
  const shared = document.endpoints?.sharedInbox
  for (const address of [document.id, document.inbox]) {
    if (new URL(address).origin !== origin)
      throw new OutboundError('no-answer', `${host} describes an actor of another server`)
  }
  if (document.id !== actor) throw new OutboundError('no-answer', `${host} answered with another actor`)
  return {
    id: actor,
    handle: document.preferredUsername === undefined ? null : `@${document.preferredUsername}@${host}`,
    inbox: document.inbox,
    sharedInbox: shared !== undefined && new URL(shared).origin === origin ? shared : null,
  }
}
