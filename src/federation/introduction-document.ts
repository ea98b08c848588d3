import { rfc3339 } from '../common/clock.ts'
import type { Addresses } from '../common/addresses.ts'
import { isObject } from '../common/objects.ts'
import { parse } from '../common/parse.ts'
import { instantOf, later, minute } from '../common/clock.ts'
import { offerOf, type Request } from '../introductions/steps.ts'
import { readerOf, type Introduction, type Word } from '../introductions/introduction.ts'
import { activityStreams } from './context.ts'
import type { JsonDocument, Speech } from './documents.ts'
import { escapeHtml } from './html.ts'
import { isOwnOf, type Received } from './received.ts'

const context = [
  activityStreams,
  {
    swd: 'https://w3id.org/sideways/ns#',
    why: { '@id': 'swd:why', '@type': 'http://www.w3.org/2001/XMLSchema#string' },
  },
] as const

/** What the Relationship of a request to be introduced is called. */
export const wouldLikeToMeet = 'https://w3id.org/sideways/ns#wouldLikeToMeet'

/** Clocks differ: a request may have been made so much later than now, in milliseconds. */
const clocksDiffer = 60 * minute

/** What one of the three tells the next (FEDERATION.md, Introductions); undefined where nothing is left to tell. */
export function introductionActivity(
  at: Addresses,
  one: Introduction,
  word: Word,
  speech: Speech,
): JsonDocument | undefined {
  const offer = offerOf(one, word)
  if (offer === null) return undefined
  const actor = at.person(one.personId)
  const envelope = (id: string, type: string): JsonDocument => ({
    '@context': context,
    id,
    type,
    actor,
    to: [readerOf(one, word)],
  })
  switch (word) {
    case 'ask':
    case 'pass':
      return { ...envelope(offer, 'Offer'), ...requestTerms(one, speech) }
    case 'undo':
      return { ...envelope(`${offer}#undo`, 'Undo'), object: { id: offer, type: 'Offer', actor } }
    case 'yes':
    case 'no':
      return {
        ...envelope(`${actor}/introductions/${one.id}#${word}`, word === 'yes' ? 'Accept' : 'Reject'),
        object: offer,
      }
  }
}

function requestTerms({ asker, target, line, madeAt }: Introduction, { language, t }: Speech): JsonDocument {
  const parts = [t('federation:introduction.asks'), ...(line === '' ? [] : [line])]
  const content = parts.map((part) => `<p>${escapeHtml(part)}</p>`).join('')
  return {
    published: rfc3339(madeAt),
    target,
    ...(line === '' ? {} : { why: line }),
    content,
    contentMap: { [language]: content },
    object: { type: 'Relationship', subject: asker, relationship: wouldLikeToMeet, object: target },
  }
}

/** A request to introduce, or to be introduced, as another server sent it; undefined where it is none. Throws InvalidInput for another form. */
export function requestIn(received: Received): (Request & { readonly reader: string }) | undefined {
  const { raw, actor, id, at } = received
  const { target: named, object } = raw
  if (named === undefined || !isObject(object) || object['type'] !== 'Relationship') return undefined
  const offer = parse('introduction-offer', raw)
  const asker = offer.object.subject
  const [reader = ''] = offer.to
  const said = instantOf(offer.published)
  if (offer.actor !== actor || offer.object.object !== offer.target || !said) return undefined
  if (said > later(at, clocksDiffer)) return undefined
  const isPassed = reader === offer.target
  // Who asks speaks for herself; who introduces names somebody else.
  if (isPassed === (asker === actor)) return undefined
  return {
    offer: id,
    word: isPassed ? 'pass' : 'ask',
    asker,
    introducer: isPassed ? actor : reader,
    target: offer.target,
    line: (offer.why ?? '').trim(),
    madeAt: said > at ? at : said,
    reader,
  }
}

/** An answer to a request, or its Undo, as another server sent it; undefined where it is neither. */
export function wordIn({
  type,
  actor,
  object,
  objectId,
}: Received): { readonly word: 'yes' | 'no' | 'undo'; readonly from: string; readonly offer: string } | undefined {
  if (objectId === undefined) return undefined
  const about = { from: actor, offer: objectId }
  if (type === 'Accept') return { word: 'yes', ...about }
  if (type === 'Reject') return { word: 'no', ...about }
  const isOwn = type === 'Undo' && isOwnOf(actor, objectId) && (!isObject(object) || object['type'] === 'Offer')
  return isOwn ? { word: 'undo', ...about } : undefined
}
