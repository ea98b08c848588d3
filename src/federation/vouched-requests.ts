import type { KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { later, minute } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import type { Partner } from '../partners/partner.ts'
import { partnerById } from '../partners/views.ts'
import { followKeyChanges } from './key-changes.ts'
import { documentLoader } from './loader.ts'
import { signAs } from './signed.ts'
import { requestKeyIn } from './vouched.ts'

type Asked = Pick<Partner, 'id' | 'directoryId' | 'directoryKey' | 'vouches'>

/** Which pinned key vouched for a key that signs requests; `none`, with when that was asked. A key lives as long as it is known. */
type Found = { readonly by: string } | { readonly none: Date }
const found = new WeakMap<KeyObject, Found>()
const underway = new WeakMap<KeyObject, Promise<boolean>>()

/**
 * Whether a partner's pinned key vouches for the key that signed a request: whoever has only the partner's address has another one. Where
 * the partner has changed its keys that is followed first, at most once a minute. True for a partner whose document never had a proof.
 */
export async function isVouchedFor(app: App, partner: Asked, key: KeyObject): Promise<boolean> {
  if (!partner.vouches) return true
  const known = found.get(key)
  if (known && 'by' in known && known.by === partner.directoryKey) return true
  if (known && 'none' in known && later(known.none, minute) > app.now()) return false
  const asking = underway.get(key) ?? ask(app, partner, key).finally(() => underway.delete(key))
  underway.set(key, asking)
  return asking
}

async function ask(app: App, partner: Asked, key: KeyObject): Promise<boolean> {
  try {
    const by = await vouching(app, partner, key)
    if (by === undefined) {
      logger('federation').warn(
        `a request of partner ${partner.id} is signed by a key that its pinned key does not vouch for`,
      )
      found.set(key, { none: app.now() })
      return false
    }
    found.set(key, { by })
    return true
  } catch (error) {
    logger('federation').debug(`a directory could not be read: ${error instanceof Error ? error.name : 'unknown'}`)
    return false // asked again with the next request
  }
}

async function vouching(app: App, partner: Asked, key: KeyObject): Promise<string | undefined> {
  const { document } = await documentLoader(app, await signAs(app, nodeActor))(partner.directoryId)
  if (requestKeyIn(document, partner)?.equals(key)) return partner.directoryKey
  const whole = await partnerById(app.db, partner.id)
  if (!whole || (await followKeyChanges(app, whole)) !== 'pinned') return undefined
  const now = await partnerById(app.db, partner.id)
  return now && requestKeyIn(document, now)?.equals(key) ? now.directoryKey : undefined
}
