import type { App } from '../app.ts'
import { logger } from '../common/log.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import type { RequestListener } from '../web/listen.ts'
import { activityJson, activityStreams } from './context.ts'
import { heardFrom } from './delivery-heard.ts'
import { interestIn } from './inbox-interest.ts'
import { keepingOf, type Keeping } from './inbox-keeping.ts'
import { admission } from './inbox-limits.ts'
import { isDeleteOfNote, readActivity, type Received } from './received.ts'
import { claimIn, signerBy } from './signer.ts'

/** The largest body that an inbox reads: 256 KiB (FEDERATION.md, Limits). */
const bodyLimit = 256 * 1024
/** How much of a body that is too large is let pass by, so that the answer can still be read. */
const passesBy = 4 * 1024 * 1024
/** Seconds after which a server may come again whose activities are not worked on fast enough, here or by us. */
const waitWhenFull = 300

type IncomingMessage = Parameters<RequestListener>[0]
type ServerResponse = Parameters<RequestListener>[1]
type Answer = { readonly status: number; readonly text?: string; readonly retryAfter?: number }

const taken: Answer = { status: 202 }
const unsigned: Answer = {
  status: 401,
  text: 'Sign the request: method, target, host, date and digest (draft-cavage-http-signatures-12 or RFC 9421).\n',
}
const tooLarge: Answer = { status: 413, text: `At most ${bodyLimit} bytes.\n` }

/** What the door remembers, for as long as the process lives. */
type Door = {
  readonly app: App
  readonly keeping: Keeping
  readonly admission: ReturnType<typeof admission>
}

/**
 * Answers every POST to an inbox before Express and before any parser: size, type, signature, limits, then plain JSON; 202 once it is
 * kept for a worker. No worker need be up for it. Everything else goes on to `otherwise`.
 */
export function answeringInbox(app: App, otherwise: RequestListener): RequestListener {
  const door = { app, keeping: keepingOf(app), admission: admission(() => app.now().getTime()) }
  return (request, response) => {
    if (request.method !== 'POST' || !endsAsInbox(request.url)) return otherwise(request, response)
    if (isInbox(request.url)) void answer(door, request, response)
    else say(request, response, { status: 404, text: 'Not found\n' })
  }
}

// A request line may hold a whole address, as for a proxy; that is nobody's of ours.
function isInbox(url = ''): boolean {
  return /^\/ap\/(?:(?:actor|directory|(?:people|topics)\/[^/?#]+)\/)?inbox(?:\?|$)/.test(url)
}

function endsAsInbox(url = ''): boolean {
  return /^\/ap\/(?:[^?]*\/)?inbox(?:\?|$)/.test(url)
}

async function answer(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const found = await judged(door, request)
    if (found) say(request, response, found)
  } catch (error) {
    logger('federation').error(`an activity could not be kept: ${error instanceof Error ? error.message : 'unknown'}`)
    say(request, response, { status: 503, text: 'Not now. Send it again.\n', retryAfter: 60 })
  }
}

function say(request: IncomingMessage, response: ServerResponse, { status, text, retryAfter }: Answer): void {
  if (response.destroyed) return
  if (!request.complete) letPass(request)
  response.writeHead(status, {
    'cache-control': 'no-store',
    ...(text === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  })
  response.end(text)
}

// Who is still sending would not read the answer if the connection ended under it; but nobody sends for ever.
function letPass(request: IncomingMessage): void {
  let passed = 0
  request.removeAllListeners('data')
  request.on('data', (part: Buffer) => {
    passed += part.length
    if (passed > passesBy) request.destroy()
  })
  request.resume()
}

/** Undefined where nobody is left to be answered. */
async function judged(door: Door, request: IncomingMessage): Promise<Answer | undefined> {
  const { headers } = request
  if (Number(headers['content-length'] ?? 0) > bodyLimit) return tooLarge
  if (!isActivityType(headers['content-type'])) return { status: 415, text: `Send ${activityJson}.\n` }
  if (headers['signature'] === undefined) return unsigned
  const body = await bodyOf(request)
  if (body === 'gone') return undefined
  if (body === 'too-large') return tooLarge
  const { app } = door
  // All that needs no key: what it covers, its age, the digest of the body.
  const claim = claimIn(app, request, { queryMayBeUnsigned: false, body })
  if (!claim) return unsigned
  const { host } = claim.keyId
  if (await isRefusedHost(app.db, host)) return { status: 403, text: 'Not from there.\n' }
  const signer = await signerBy(app, claim)
  if ('none' in signer) {
    if (signer.none === 'later') return { status: 429, text: 'Too many new actors.\n', retryAfter: signer.seconds }
    // A server that is gone says so with a key that is gone (Mastodon sends such Deletes by the thousand).
    return signer.none === 'gone' && saysItIsGone(app, body, claim.keyId) ? taken : unsigned
  }
  const wait = door.admission.take(host, signer.keyId)
  if (wait !== undefined) return { status: 429, text: 'Too many activities.\n', retryAfter: wait }
  const received = activityIn(app, body)
  if (!received) return { status: 400, text: 'This is no activity that can be read here (FEDERATION.md, Inbox).\n' }
  if (received.actor !== signer.actor) return unsigned
  heardFrom(app, host)
  return keep(door, received, { host, body })
}

async function keep(
  { app, keeping }: Door,
  received: Received,
  { host, body }: { readonly host: string; readonly body: Buffer },
): Promise<Answer> {
  const interest = interestIn(received, app.config.origin)
  if (interest === 'never') return taken
  const { id, actor, objectId, at } = received
  const ifHeld = interest === 'if-held'
  const withdraws = isDeleteOfNote(received) ? objectId : undefined
  const kept = await keeping.keep({ id, actor, host, body: body.toString('utf8'), receivedAt: at, ifHeld, withdraws })
  if (kept === 'done') return taken
  return { status: kept === 'host-full' ? 429 : 503, text: 'Too much waits here.\n', retryAfter: waitWhenFull }
}

function saysItIsGone(app: App, body: Buffer, keyId: URL): boolean {
  const received = activityIn(app, body)
  return (
    received?.type === 'Delete' &&
    received.objectId === received.actor &&
    URL.parse(received.actor)?.origin === keyId.origin
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function activityIn(app: App, body: Buffer): Received | undefined {
  try {
    return readActivity(utf8.decode(body), app.now())
  } catch {
    return undefined // not UTF-8
  }
}

// The two types that ActivityPub names (3.2), with whatever other parameters.
function isActivityType(type = ''): boolean {
  const [essence = '', ...parameters] = type.split(';').map((part) => part.trim())
  if (essence.toLowerCase() === activityJson) return true
  return (
    essence.toLowerCase() === 'application/ld+json' &&
    parameters.some((part) => /^profile="?[^"]*"?$/i.test(part) && part.includes(activityStreams))
  )
}

function bodyOf(request: IncomingMessage): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size > bodyLimit) resolve('too-large')
      else parts.push(part)
    })
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)))
    request.on('error', () => resolve('gone'))
    request.on('close', () => resolve('gone'))
  })
}
