import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { trustNewKey } from './key-actions.ts'
import { hostOf } from './partner.ts'
import { partnerByHost } from './views.ts'

/** What `partners trust-key` was asked: the fingerprint as it was read out, in as many words as it was typed. */
export type TrustKeyCommand = { readonly host: string | undefined; readonly typed: readonly string[] }

/**
 * Does `partners trust-key <host> <fingerprint>`: pins the key that a partner offers, if that is its fingerprint. Undefined where something
 * is missing. Refusals: partner-unknown; partner-key-changed for any other fingerprint, or when no key is offered.
 */
export async function trustKeyFromCommandLine(
  app: App,
  { host: asked, typed }: TrustKeyCommand,
): Promise<{ readonly host: string; readonly fingerprint: string } | undefined> {
  if (asked === undefined || typed.length === 0) return undefined
  const host = hostOf(asked)
  if (host === undefined) throw new InvalidInput([{ field: 'host', rule: 'format' }])
  const partner = await partnerByHost(app.db, host)
  if (!partner) throw new Refusal('partner-unknown')
  const { offeredKey } = partner
  if (offeredKey === null || plain(typed.join('')) !== plain(fingerprint(offeredKey)))
    throw new Refusal('partner-key-changed', { host })
  const trusted = await trustNewKey(app, partner.id, offeredKey)
  return { host, fingerprint: fingerprint(trusted.directoryKey) }
}

function plain(text: string): string {
  return text.replace(/[\s:-]/g, '').toLowerCase()
}
