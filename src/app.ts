import type { Clock } from './common/clock.ts'
import type { Mailer } from './common/mail.ts'
import type { Outbound } from './common/outbound.ts'
import type { WithdrawalLog } from './common/withdrawal-log.ts'
import type { Words } from './common/words.ts'
import type { Config } from './config.ts'
import type { Db } from './database/database.ts'
import type { NodeSecrets } from './database/settings.ts'

/** What an action needs: the database, the time and new ids. Hand over more only where it is used. */
export type Needs = { readonly db: Db; readonly now: Clock; readonly newId: () => string }

/** Everything a running node has. Made by node.ts, handed to edges, and Fedify's context data. */
export type App = Needs & {
  readonly config: Config
  readonly secrets: NodeSecrets
  readonly mail: Mailer
  readonly words: Words
  readonly outbound: Outbound
  readonly withdrawals: WithdrawalLog
}
