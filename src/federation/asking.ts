import type { App } from '../app.ts'
import { isNews, meaningOf, type Holding } from '../partners/acknowledgement.ts'
import { askingPartners, type AskingPartner } from '../partners/poll-views.ts'
import { acknowledge } from '../partners/set-actions.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { gathering } from './gathering.ts'
import { signerOf, type RawRequest } from './signer.ts'
import { isVouchedFor } from './vouched-requests.ts'

type Look = (directoryId: string) => Promise<AskingPartner | undefined>

// Thousands of partners ask each hour, many of them at once after a doorbell: what is known of them is read together.
const looks = new WeakMap<App, Look>()

function lookOf(app: App): Look {
  const made = looks.get(app)
  if (made) return made
  const look = gathering((directoryIds) => askingPartners(app.db, directoryIds))
  looks.set(app, look)
  return look
}

// A request is looked at once, also where it goes on to another handler.
const asked = new WeakMap<RawRequest, Promise<AskingPartner | undefined>>()

/**
 * The accepted follower that signed a request with its directory's key, as the database knows it now. One that ended, even if it asks
 * again, may still say that it erased, and reads nothing.
 */
export function askingPartner(app: App, request: RawRequest): Promise<AskingPartner | undefined> {
  const known = asked.get(request)
  if (known) return known
  const partner = lookAt(app, request)
  asked.set(request, partner)
  return partner
}

async function lookAt(app: App, request: RawRequest): Promise<AskingPartner | undefined> {
  const signer = await signerOf(app, request, { queryMayBeUnsigned: false })
  const partner = signer && (await lookOf(app)(signer.actor))
  if (!signer || !partner || signer.keyId.split('#')[0] !== partner.directoryId) return undefined
  if (!(await isVouchedFor(app, partner, signer.publicKey))) return undefined
  if (await isRefusedHost(app.db, new URL(partner.directoryId).host)) return undefined
  if (partner.follower === 'accepted') return partner
  const said = partner.followerEndedAt === null ? undefined : holdingIn(request)
  if (said?.have === 0) await acknowledge(app, partner.id, said)
  return undefined
}

/**
 * Keeps what the asker says it holds, and says whether that changes what we serve. The same word again within minutes is not written
 * again: an hourly poll of thousands should not be a write of thousands.
 */
export async function noteHolding(
  app: App,
  partner: AskingPartner,
  request: RawRequest,
): Promise<'ours-moved' | 'ours-stands'> {
  const said = holdingIn(request)
  if (isNews(said, partner, app.now())) await acknowledge(app, partner.id, said)
  return said && meaningOf(said, partner) === 'we-were-restored' ? 'ours-moved' : 'ours-stands'
}

// `have`, `root` and `epoch` (FEDERATION.md 4.3), covered by the signature like the rest of the address.
function holdingIn({ url = '' }: RawRequest): Holding | undefined {
  const at = url.indexOf('?')
  if (at === -1) return undefined
  const query = new URLSearchParams(url.slice(at + 1))
  const have = wholeNumber(onlyOne(query, 'have'))
  if (have === undefined) return undefined
  const root = onlyOne(query, 'root')
  const epoch = onlyOne(query, 'epoch')
  return {
    have,
    root: root !== undefined && /^[0-9a-f]{64}$/.test(root) ? root : null,
    epoch: epoch === undefined || epoch === '' ? null : epoch,
  }
}

function onlyOne(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

/** A number as a parameter says it: whole, not negative and exact; undefined for anything else. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}
