import type { App } from '../app.ts'
import { sha256Hex } from '../common/ids.ts'
import { isObject } from '../common/objects.ts'
import { activityStreams } from './context.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * An activity of another server, as plain JSON that no JSON-LD processor has touched. Its HTTP signature was checked, its signer is
 * `actor`, and `id` is on the actor's origin. What it embeds counts only where the embedded id is on that origin too (`isOwnOf`).
 */
export type Received = {
  readonly id: string
  readonly type: string
  readonly actor: string
  /** The one thing that it is about; undefined where there is none or a list of several, which `raw` still has. */
  readonly object: string | JsonObject | undefined
  readonly objectId: string | undefined
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly raw: JsonObject
  /** When it reached us. */
  readonly at: Date
}

/**
 * What is done about one kind of activity, in the worker, once per id within 30 days; it may run again after a crash. It does nothing for
 * what it does not know. When it throws it is tried again later, but for a Refusal or InvalidInput: those end it.
 */
export type Handler = (app: App, received: Received) => Promise<void>

/** How deep and how wide a body may be: more is not looked into (FEDERATION.md, Limits). */
export const deepest = 32
export const mostValues = 10_000

/** Longer ids are nobody's. */
const longestId = 2_048

/**
 * Whether a text of JSON stays within `deepest` and `mostValues`, told by its brackets and commas alone, before anything is made of it.
 * What is no JSON may pass; parsing finds it.
 */
export function isWithinBounds(text: string): boolean {
  let depth = 0
  let values = 1
  let isInText = false
  let isFresh = false // an opening bracket was the last that counted
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isInText) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) isInText = false
      continue
    }
    if (code <= 0x20) continue
    const isClosing = code === 0x5d || code === 0x7d
    if (isFresh && !isClosing) values += 1
    isFresh = code === 0x5b || code === 0x7b
    if (isFresh) depth += 1
    else if (isClosing) depth -= 1
    else if (code === 0x2c) values += 1
    else if (code === 0x22) isInText = true
    if (depth > deepest || values > mostValues) return false
  }
  return true
}

/** Reads a body as an activity, or undefined where it is not one: bounds, AS2 context, an id on the actor's origin, one type. */
export function readActivity(text: string, at: Date): Received | undefined {
  const raw = isWithinBounds(text) ? jsonObject(text) : undefined
  if (!raw || !namesActivityStreams(raw['@context'])) return undefined
  const id = addressIn(raw['id'])
  const actor = addressIn(idOf(raw['actor']))
  const { type } = raw
  if (id === undefined || actor === undefined || typeof type !== 'string' || type === '') return undefined
  if (!isOwnOf(actor, id)) return undefined
  const object = oneOf(raw['object'])
  return {
    id,
    type,
    actor,
    object: typeof object === 'string' || isObject(object) ? object : undefined,
    objectId: addressIn(idOf(object)),
    to: idsIn(raw['to']),
    cc: idsIn(raw['cc']),
    raw,
    at,
  }
}

/** Whether a thing of that id may be spoken for by that actor: both are on one origin (FEP-fe34). */
export function isOwnOf(actor: string, id: string): boolean {
  const origin = URL.parse(actor)?.origin
  return origin !== undefined && origin !== 'null' && URL.parse(id)?.origin === origin
}

/** The id of a thing that stands there itself or by its id. */
export function idOf(value: unknown): string | undefined {
  const one = oneOf(value)
  const id = isObject(one) ? one['id'] : one
  return typeof id === 'string' ? id : undefined
}

/** What is kept of a Note that its author took back: enough to know it again, and not whose it is. */
export function hashOfNote(actor: string, note: string): string {
  return sha256Hex(`${actor}\n${note}`)
}

/** Whether an activity takes back something that its actor wrote, rather than the actor. */
export function isDeleteOfNote({ type, actor, objectId }: Pick<Received, 'type' | 'actor' | 'objectId'>): boolean {
  return type === 'Delete' && objectId !== undefined && objectId !== actor && isOwnOf(actor, objectId)
}

/** The ids in a property that may hold one thing or several, each by its id or itself. */
export function idsIn(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => addressIn(idOf(one)) ?? [])
}

// A list of one is as good as the one.
function oneOf(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value
}

function jsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

// The plain text only: what another context makes of our words is never asked.
function namesActivityStreams(context: unknown): boolean {
  return context === activityStreams || (Array.isArray(context) && context.includes(activityStreams))
}

/** A text that is an address of the web, without spaces, control characters or halves of characters. */
function addressIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > longestId || !/^https?:\/\/[^\s\p{C}]+$/u.test(value))
    return undefined
  return URL.canParse(value) ? value : undefined
}
