import type { App } from '../app.ts'
import { addresses, directoryActor } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { movedTo } from '../database/settings.ts'
import { hostOf, isPartner } from '../partners/partner.ts'
import { partners } from '../partners/views.ts'
import { activityStreams } from './context.ts'
import { keepOwnMove } from './move-actions.ts'
import { lookUpPartner } from './partner-lookup.ts'
import type { Prepared } from './steps.ts'

/** What `sideways move …` was asked. */
export type MoveCommand = { readonly to: string | undefined; readonly undo: boolean }

/** Does `move <new origin>` or `move --undo`; undefined for neither. Refusals as lookUpPartner's, and move-not-confirmed. */
export async function moveFromCommandLine(
  app: App,
  { to, undo }: MoveCommand,
): Promise<{ readonly move: { readonly movedTo: string | null }; readonly text: string } | undefined> {
  if (undo === (to !== undefined)) return undefined
  if (undo) {
    const before = await movedTo(app.db)
    if (before === undefined) return { move: { movedTo: null }, text: 'This node does not move.' }
    await keepOwnMove(app, undefined, await news(app, undefined))
    return { move: { movedTo: null }, text: `This node does not move to ${before} any more. Partner nodes are told.` }
  }
  const host = hostOf(to ?? '')
  if (host === undefined) throw new InvalidInput([{ field: 'host', rule: 'format' }])
  const card = await lookUpPartner(app, host)
  if (!card.alsoKnownAs.includes(addresses(app.config.origin).directory))
    throw new Refusal('move-not-confirmed', { host })
  await keepOwnMove(app, card.origin, await news(app, card.directoryId))
  return {
    move: { movedTo: card.origin },
    text: [
      `This node moves to ${card.origin}. Partner nodes are told, and check it at both ends. Next:`,
      '  1. Ask your people to sign in on the new node and to be listed there. Nobody is listed there without a yes of her own.',
      '  2. Let partner nodes read the new node: their administrators compare its key fingerprint, as for every new node.',
      '  3. Keep this node running for 24 months. Whoever comes here is shown the way.',
    ].join('\n'),
  }
}

/** Move, or, when it is taken back, Update without a document: partners read ours again. To whoever reads us or is read by us. */
async function news(app: App, target: string | undefined): Promise<Prepared> {
  const at = addresses(app.config.origin)
  const id = `${at.directory}/activities/${app.newId()}`
  const concerned = (await partners(app.db)).filter(isPartner)
  const said = target === undefined ? { type: 'Update' } : { type: 'Move', target }
  return {
    id,
    sender: directoryActor,
    inboxes: concerned.map(({ inbox }) => inbox),
    body: {
      '@context': activityStreams,
      id,
      ...said,
      actor: at.directory,
      object: at.directory,
      to: [at.directoryFollowers],
    },
    giveUpAt: later(app.now(), 30 * day),
  }
}
