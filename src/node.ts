import { join } from 'node:path'
import type { EntitySchema } from 'typeorm'
import { accountJobs, accountTimetable } from './accounts/jobs.ts'
import { accountPages } from './accounts/pages.ts'
import { rememberLanguage, signedIn } from './accounts/passport.ts'
import { accountEntity } from './accounts/store.ts'
import type { App } from './app.ts'
import { bookingJobs, bookingTimetable } from './bookings/jobs.ts'
import { bookingPages, directoryTools, holdsOfficeHours } from './bookings/pages.ts'
import { askPages } from './chats/ask-pages.ts'
import { draftTimetable } from './chats/draft-jobs.ts'
import { chatMailJobs, chatReminderTimetable } from './chats/mail-jobs.ts'
import { kitPages } from './chats/kit-pages.ts'
import { chatPages } from './chats/pages.ts'
import { subjectOfChat } from './chats/subject-views.ts'
import { waitingForHer } from './chats/views.ts'
import { directoryActor, nodeActor } from './common/addresses.ts'
import { systemClock } from './common/clock.ts'
import { randomId } from './common/ids.ts'
import { printingMailer, smtpMailer } from './common/mail.ts'
import { createOutbound } from './common/outbound.ts'
import { software } from './common/software.ts'
import { openWithdrawalLog, WithdrawalLogError } from './common/withdrawal-log.ts'
import { loadWords } from './common/words.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database/database.ts'
import { chatEndingJobs, chatTimetable } from './chats/tidy-jobs.ts'
import { migrate } from './database/migrate.ts'
import { nodeSecrets, settleSetting } from './database/settings.ts'
import { prepareDirectory } from './directory/actions.ts'
import { apiDocument, directoryApi } from './directory/api.ts'
import { exportApi } from './directory/export-api.ts'
import { facetsApi } from './directory/facets-api.ts'
import { endCounting } from './directory/count-views.ts'
import { directoryTimetable } from './directory/jobs.ts'
import { mapPages } from './directory/map-pages.ts'
import { directoryPages } from './directory/pages.ts'
import { subjectOf } from './directory/subject-views.ts'
import { allowListTimetable, allowListTools } from './federation/allow-lists.ts'
import { lookLater } from './federation/delivery-actions.ts'
import { deliveryPages } from './federation/delivery-pages.ts'
import { endSending } from './federation/delivery-sender.ts'
import { blockListTimetable, blockListTools } from './federation/blocklist.ts'
import { chatWorthJobs } from './federation/chat-worth-jobs.ts'
import { directoryDocuments } from './federation/directory-documents.ts'
import { officeHoursDocuments } from './federation/office-hours-documents.ts'
import { bookingTools } from './federation/office-hours-lookup.ts'
import { federationDocuments } from './federation/document-pages.ts'
import { federationRoutes } from './federation/express.ts'
import { createNodeFederation } from './federation/federation.ts'
import { followersPages } from './federation/followers-pages.ts'
import { flagJobs, flagTimetable } from './federation/flag-jobs.ts'
import { federationJobs, federationTimetable } from './federation/jobs.ts'
import { keyDocuments } from './federation/key-documents.ts'
import { keptApart } from './federation/kept-apart.ts'
import { makeKeys } from './federation/keys.ts'
import { leftDocuments } from './federation/leaving-pages.ts'
import { replyJobs } from './federation/reply-jobs.ts'
import { replyPages } from './federation/reply-pages.ts'
import { partnerJobs, partnerTimetable } from './federation/partner-jobs.ts'
import { personMovePages } from './federation/person-move-pages.ts'
import { peopleDocuments } from './federation/people-documents.ts'
import { partnerTools } from './federation/partner-tools.ts'
import { answeringInbox } from './federation/inbox-door.ts'
import { answeringUnchangedPolls } from './federation/unchanged-polls.ts'
import { postPages } from './federation/post-pages.ts'
import { topicPages } from './federation/topic-pages.ts'
import { searchesApi } from './searches/api.ts'
import { suggestionsApi } from './suggestions/api.ts'
import { introductionMailJobs, introductionTimetable } from './introductions/jobs.ts'
import { introductionPages } from './introductions/pages.ts'
import type { TimetableEntry } from './jobs/timetable.ts'
import { accountTools, listingJobs, listingTimetable } from './listing/jobs.ts'
import { listingPages } from './listing/pages.ts'
import { listingLimitEntity } from './listing/limit-store.ts'
import { listingTools, requestJobs, requestTimetable } from './requests/jobs.ts'
import { requestPages } from './requests/pages.ts'
import { settleWithdrawals, withdrawalJobs, withdrawalTimetable } from './listing/withdrawal-jobs.ts'
import { chatFlagEntity, listingEntity, personEntity, withdrawnListingEntity } from './listing/store.ts'
import {
  migrateQueue,
  queueTimetable,
  settleJobs,
  startWorker,
  type RunningWorker,
  type WorkerParts,
} from './jobs/worker.ts'
import { documentRoutes } from './ops/document-pages.ts'
import { healthPage } from './ops/health.ts'
import { opsPages } from './ops/pages.ts'
import { pollPartners } from './partners/actions.ts'
import { partnerNewsJobs } from './partners/jobs.ts'
import { partnerKeyPages } from './partners/key-pages.ts'
import { partnerPages } from './partners/pages.ts'
import { beginDirectory } from './partners/set-actions.ts'
import { profileJobs, profileTimetable } from './profile/jobs.ts'
import { profilePages } from './profile/pages.ts'
import { profileEntity } from './profile/store.ts'
import { searchDocuments } from './searches/feed-pages.ts'
import { searchJobs, searchTimetable } from './searches/jobs.ts'
import { searchPages } from './searches/pages.ts'
import { blockListPages } from './safety/block-list-pages.ts'
import { decisionPages } from './safety/decision-pages.ts'
import { domainPages } from './safety/domain-pages.ts'
import { safetyJobs } from './safety/jobs.ts'
import { moderationPages } from './safety/moderation-pages.ts'
import { subjectPages } from './safety/subject-pages.ts'
import { bearer } from './web/bearer.ts'
import { suggestionTimetable } from './suggestions/jobs.ts'
import { suggestionPages } from './suggestions/pages.ts'
import { learningJobs, learningTimetable } from './learning/jobs.ts'
import { learningPages } from './learning/pages.ts'
import { listen } from './web/listen.ts'
import { createServer } from './web/server.ts'
import { StartError } from './web/start-error.ts'

/** What of a node runs in this process. */
export type NodeRoles = { readonly web: boolean; readonly worker: boolean }

export type NodeOptions = {
  readonly config: Config & { readonly databaseUrl: string }
  readonly roles: NodeRoles
  /** Parts that a test brings along: another clock, a mailer that keeps, an outbound that counts. */
  readonly overrides?: Partial<Pick<App, 'now' | 'newId' | 'mail' | 'outbound'>>
  /** Where a mail is printed when there is no mail server. */
  readonly print?: (text: string) => void
  readonly strictWords?: boolean
}

export type RunningNode = {
  readonly app: App
  /** Where the web process listens; undefined in a worker. */
  readonly url: string | undefined
  /** Does every job that is due, and returns what failed. */
  settle(): Promise<readonly string[]>
  /** What the worker does by the clock. */
  readonly timetable: readonly Pick<TimetableEntry, 'name' | 'cron'>[]
  /** Does one timetable entry now, as the worker would. */
  runTimetable(name: string): Promise<void>
  /** Lets requests and jobs in hand end, then closes everything. */
  stop(): Promise<void>
}

// Every mapped row. The migration guard compares them with the migrations.
export const entities: readonly EntitySchema[] = [
  accountEntity,
  profileEntity,
  personEntity,
  listingEntity,
  withdrawnListingEntity,
  chatFlagEntity,
  listingLimitEntity,
]

function workerPartsOf(): WorkerParts {
  return {
    handlers: [
      accountJobs,
      profileJobs,
      searchJobs,
      listingJobs,
      withdrawalJobs,
      federationJobs(),
      requestJobs,
      chatEndingJobs,
      chatMailJobs,
      bookingJobs,
      learningJobs,
      chatWorthJobs,
      replyJobs,
      introductionMailJobs,
      partnerJobs,
      partnerNewsJobs,
      safetyJobs,
      flagJobs,
    ],
    timetable: [
      ...queueTimetable,
      ...accountTimetable,
      ...profileTimetable,
      ...directoryTimetable,
      ...searchTimetable,
      ...suggestionTimetable,
      ...listingTimetable,
      ...withdrawalTimetable,
      ...requestTimetable,
      ...introductionTimetable,
      ...chatTimetable,
      ...bookingTimetable,
      ...chatReminderTimetable,
      ...draftTimetable,
      ...learningTimetable,
      ...federationTimetable,
      ...partnerTimetable,
      ...allowListTimetable,
      ...blockListTimetable,
      ...flagTimetable,
    ],
  }
}

/** Builds and starts a node. The one place that knows every area; a test starts exactly what production starts. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { roles } = options
  await migrate(options.config.databaseUrl, migrateQueue)
  const db = await openDatabase({ url: options.config.databaseUrl, entities })
  const cleanUp: (() => Promise<void> | void)[] = [() => db.close()]
  const stop = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).toReversed()) await step()
  }
  try {
    const http = roles.web ? await listen(options.config) : undefined
    if (http) cleanUp.push(() => http.close())
    const config = await settledConfig(options.config, http?.port, (origin) => settleSetting(db, 'origin', origin))
    const words = await loadWords(options.strictWords ?? false)
    const outbound =
      options.overrides?.outbound ??
      createOutbound({
        allowPrivateAddresses: config.allowPrivateAddresses,
        userAgent: `${software.name}/${software.version} (+${config.origin})`,
        proxy: config.httpsProxy === undefined ? undefined : { url: config.httpsProxy, lookup: config.proxyLookup },
        noProxy: config.noProxy,
        onlyHosts: config.egressAllow,
      })
    cleanUp.push(() => outbound.close())
    const mail =
      options.overrides?.mail ??
      (config.smtpUrl === undefined
        ? printingMailer(options.print ?? (() => undefined))
        : smtpMailer(config.smtpUrl, config.mailFrom))
    cleanUp.push(() => mail.close())
    const app: App = {
      config,
      db,
      words,
      mail,
      outbound,
      withdrawals: await aboutTheLog(
        openWithdrawalLog(config.withdrawalLog ?? join(config.data, 'withdrawals.log'), config.origin),
      ),
      secrets: await nodeSecrets(db),
      now: options.overrides?.now ?? systemClock,
      newId: options.overrides?.newId ?? randomId,
    }
    cleanUp.push(() => endSending(app))
    cleanUp.push(() => endCounting(db))
    const federation = createNodeFederation(app)
    const workerParts = workerPartsOf()
    await prepareNode(app)
    await aboutTheLog(settleWithdrawals(app))
    http?.serve(
      answeringInbox(
        app,
        answeringUnchangedPolls(
          app,
          createServer(app, {
            health: healthPage(app),
            federation: [
              keptApart(app),
              directoryDocuments(app),
              keyDocuments(app),
              replyPages(app),
              leftDocuments(app),
              peopleDocuments(app),
              officeHoursDocuments(app),
              federationDocuments(app),
              ...federationRoutes(app, federation),
            ],
            documents: [documentRoutes(app), apiDocument(), searchDocuments(app)],
            signedIn: [...signedIn(app), bearer(app), rememberLanguage(app)],
            pages: [
              opsPages(app),
              accountPages(app, accountTools),
              profilePages(app),
              topicPages(app),
              listingPages(app, {
                ...listingTools,
                waitingChats: ({ db, now }, accountId) => waitingForHer(db, accountId, now()),
                holdsOfficeHours,
              }),
              requestPages(app),
              learningPages(app),
              mapPages(app), // before the pages of people, which have the addresses beside it
              askPages(app),
              chatPages(app),
              bookingPages(app, bookingTools),
              kitPages(app),
              searchPages(app),
              directoryPages(app, directoryTools),
              introductionPages(app),
              suggestionPages(app),
              directoryApi(app),
              exportApi(app),
              facetsApi(app),
              suggestionsApi(app),
              searchesApi(app),
              followersPages(app),
              deliveryPages(app),
              personMovePages(app),
              postPages(app),
              subjectPages(app, { find: subjectOfChat }),
              decisionPages(app),
              moderationPages(app, { find: subjectOf }),
              domainPages(app),
              blockListPages(app, blockListTools),
              partnerKeyPages(app),
              partnerPages(app, partnerTools, allowListTools),
            ],
          }),
        ),
      ),
    )
    let worker: RunningWorker | undefined
    if (roles.worker) {
      await pollPartners(app, 'all') // what moved while we were away
      await lookLater(app, app.now()) // what another worker was sending when it died
      worker = await startWorker(app, workerParts)
      cleanUp.push(() => worker?.stop())
    }
    return {
      app,
      url: http ? config.origin : undefined,
      settle: () => settleJobs(app, workerParts),
      timetable: workerParts.timetable,
      async runTimetable(name) {
        const entry = workerParts.timetable.find((one) => one.name === name)
        if (!entry) throw new Error(`the timetable has no ${name}`)
        await entry.run(app)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What is in the log of withdrawals must be known before anything is shown: without it there is no start. */
async function aboutTheLog<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw error instanceof WithdrawalLogError ? new StartError('withdrawal-log', error.message) : error
  }
}

/** What must be there before the first request: keys of the node and the directory, our own row among the origins. */
async function prepareNode(app: App): Promise<void> {
  await makeKeys(app, nodeActor)
  await makeKeys(app, directoryActor)
  await beginDirectory(app)
  await prepareDirectory(app, new URL(app.config.origin).host)
}

/** The origin is part of every id: the first start keeps it, and a different one later is refused. */
async function settledConfig(
  config: Config,
  port: number | undefined,
  settle: (origin: string) => Promise<string>,
): Promise<Config> {
  const given = new URL(config.origin)
  const wanted = given.port === '0' && port !== undefined ? config.origin.replace(/:0$/, `:${port}`) : config.origin
  const kept = await settle(wanted)
  if (kept !== wanted) {
    // Without SIDEWAYS_ORIGIN the origin follows the port.
    const localPort = /^http:\/\/localhost:(\d+)$/.exec(kept)?.[1]
    const way =
      localPort === undefined ? `Set SIDEWAYS_ORIGIN=${kept}` : `Set PORT=${localPort} and leave SIDEWAYS_ORIGIN out`
    throw new StartError(
      'origin-changed',
      `This database belongs to ${kept}, and the settings say ${wanted}. Every id that this node gave out begins with ${kept}. ${way}, or use another database or data folder.`,
    )
  }
  return { ...config, port: port ?? config.port, origin: wanted }
}
