import type { App } from '../app.ts'
import { logger } from '../common/log.ts'
import { hearFrom } from './delivery-actions.ts'
import { silentHosts } from './delivery-views.ts'

type Silent = { readonly hosts: ReadonlySet<string>; readonly until: number }

const silent = new WeakMap<App, Silent>()
const looking = new WeakSet<App>()
/** For so many milliseconds a process believes what it read of hosts that do not answer. */
const longestBelief = 10_000

/**
 * Somebody at this host (as in an address, with its port) sent us something signed: if it did not answer us, what waits for it goes
 * out soon. Returns at once, and costs next to nothing for any other host.
 */
export function heardFrom(app: App, host: string): void {
  const known = silent.get(app)
  if (known && known.until > app.now().getTime() && !known.hosts.has(host)) return
  if (looking.has(app)) return // the next one that it sends comes to the same
  looking.add(app)
  look(app, host)
    .catch((error: unknown) => logger('federation').warn(`a host that was heard from still waits: ${String(error)}`))
    .finally(() => looking.delete(app))
}

async function look(app: App, host: string): Promise<void> {
  const now = app.now()
  const hosts = await silentHosts(app.db, now)
  if (hosts.has(host)) {
    await hearFrom(app, host)
    silent.delete(app)
  } else silent.set(app, { hosts, until: now.getTime() + longestBelief })
}
