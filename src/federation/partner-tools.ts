import { directoryActor } from '../common/addresses.ts'
import type { PartnerTools } from '../partners/tools.ts'
import { followKnown } from './key-changes.ts'
import { signingKeys } from './keys.ts'
import { lookUpPartner } from './partner-lookup.ts'

/** What the partners area needs from this one. */
export const partnerTools: PartnerTools = {
  // A key that changed since it was pinned is followed before anybody looks at the card.
  async lookUp(app, host) {
    const card = await lookUpPartner(app, host)
    await followKnown(app, card)
    return card
  },
  ownKey: async (app) => (await signingKeys(app, directoryActor)).ed25519.multikey,
}
