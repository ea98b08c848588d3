import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { dueTimes } from '../jobs/queue.ts'
import { approve, follow, leave, reject } from './actions.ts'
import type { PartnerTools } from './tools.ts'
import { hostOf, type Partner } from './partner.ts'
import { directoryState } from './set-views.ts'
import { partners, refusedCopies, type PartnerOverview } from './views.ts'

/** What `sideways partners …` was asked. */
export type PartnersCommand = PartnerTools & { readonly verb: string; readonly host: string | undefined }

/** A partner as the command line prints it with --json; times are ISO 8601. */
export type PartnerLine = {
  readonly host: string
  readonly organisation: string
  readonly country: string | null
  readonly following: Partner['following']
  readonly follower: Partner['follower']
  readonly fingerprint: string
  /** Another key that it offers and nobody has compared. */
  readonly offeredFingerprint: string | null
  readonly movedTo: string | null
  /** How many of their listings are held; null below ten. */
  readonly listings: number | null
  readonly refused: number
  readonly refusedBecause: Readonly<Record<string, number>>
  /** Until when their listings may be shown, whether they are shown now, and since when they are hidden because they do not add up. */
  readonly leaseUntil: string | null
  readonly shown: boolean
  readonly hiddenSince: string | null
  readonly readingAnew: boolean
  readonly lastContact: string | null
  readonly nextPoll: string | null
  readonly trouble: string | null
  /** Whether they said that they hold our newest, and when they last asked; `erased` once they said have=0 after an end. */
  readonly confirmedOurNewest: boolean
  readonly erased: boolean
  readonly theirLastPoll: string | null
}

/** Does `partners list | follow | approve | reject | leave`; undefined for another verb or a missing host. Refusals as the actions'. */
export async function partnersFromCommandLine(
  app: App,
  { verb, host: typed, lookUp, ownKey }: PartnersCommand,
): Promise<{ readonly partners: readonly PartnerLine[]; readonly text: string } | undefined> {
  if (verb === 'list') {
    const { partners: lines, text } = await shown(app, await partners(app.db))
    return { partners: lines, text: `Our own key, for others to compare: ${fingerprint(await ownKey(app))}\n\n${text}` }
  }
  const act = verbs.get(verb)
  if (!act || typed === undefined) return undefined
  const host = hostOf(typed)
  if (host === undefined) throw new InvalidInput([{ field: 'host', rule: 'format' }])
  const done = await act(app, host, lookUp)
  return shown(
    app,
    (await partners(app.db)).filter(({ id }) => id === done.id),
  )
}

const verbs: ReadonlyMap<string, (app: App, host: string, lookUp: PartnerTools['lookUp']) => Promise<Partner>> =
  new Map([
    ['follow', async (app: App, host: string, lookUp: PartnerTools['lookUp']) => follow(app, await lookUp(app, host))],
    ['approve', approve],
    ['reject', reject],
    ['leave', leave],
  ])

async function shown(
  app: App,
  list: readonly PartnerOverview[],
): Promise<{ readonly partners: readonly PartnerLine[]; readonly text: string }> {
  const polls = await dueTimes(app.db, 'partners.poll')
  const own = await directoryState(app.db)
  const lines: PartnerLine[] = []
  for (const partner of list) {
    const refused = partner.refused > 0 ? await refusedCopies(app.db, partner.id) : []
    lines.push({
      ...lineOf(partner, app.now()),
      refusedBecause: Object.fromEntries(refused.map(({ because, count }) => [because, count])),
      nextPoll: partner.following === 'accepted' ? (polls.get(String(partner.id))?.toISOString() ?? null) : null,
      confirmedOurNewest:
        partner.follower === 'accepted' &&
        partner.theirEpoch === own?.epoch &&
        (partner.theirHave ?? -1) >= (own?.seq ?? 0),
    })
  }
  return { partners: lines, text: lines.map(textOf).join('\n') || 'There are no partner nodes yet.' }
}

function lineOf(
  partner: PartnerOverview,
  now: Date,
): Omit<PartnerLine, 'refusedBecause' | 'nextPoll' | 'confirmedOurNewest'> {
  const { reading } = partner
  return {
    host: partner.host,
    organisation: partner.organisation,
    country: partner.country,
    following: partner.following,
    follower: partner.follower,
    fingerprint: fingerprint(partner.directoryKey),
    offeredFingerprint: partner.offeredKey === null ? null : fingerprint(partner.offeredKey),
    movedTo: partner.movedTo,
    listings: partner.copies >= 10 ? partner.copies : null,
    refused: partner.refused,
    leaseUntil: reading?.validUntil.toISOString() ?? null,
    shown: reading !== null && reading.validUntil > now && !reading.hidden,
    hiddenSince: reading?.hidden ? (reading.hiddenSince?.toISOString() ?? null) : null,
    readingAnew: reading?.snapshotOpen ?? false,
    lastContact: reading?.lastContact?.toISOString() ?? null,
    trouble: reading?.trouble ?? null,
    erased: partner.follower === 'ended' && partner.theirHave === 0,
    theirLastPoll: partner.theirPoll?.toISOString() ?? null,
  }
}

function textOf(line: PartnerLine): string {
  const listings = line.listings === null ? 'fewer than ten' : String(line.listings)
  const refused = Object.entries(line.refusedBecause).map(([because, count]) => `${because} ${count}`)
  const isRead = line.following === 'accepted'
  return [
    `${line.host}  ${line.organisation}${line.country === null ? '' : ` (${line.country})`}`,
    `  we read them: ${line.following}${isRead ? `, listings held: ${listings}` : ''}`,
    ...(isRead
      ? [
          `  last contact: ${line.lastContact ?? 'not yet'}, next try: ${line.nextPoll ?? 'now'}`,
          `  shown until: ${line.shown ? line.leaseUntil : 'not shown now'}${line.hiddenSince === null ? '' : `, hidden since ${line.hiddenSince}`}`,
        ]
      : []),
    ...(refused.length > 0 ? [`  refused: ${refused.join(', ')}`] : []),
    ...(line.readingAnew ? ['  everything is being read again'] : []),
    `  they read us: ${line.follower}${theirWord(line)}`,
    `  key: ${line.fingerprint}  (compare it by phone)`,
    ...(line.offeredFingerprint === null ? [] : [`  offered key: ${line.offeredFingerprint}  (compare it by phone)`]),
    ...(line.movedTo === null ? [] : [`  moves to: ${line.movedTo}`]),
    ...(line.trouble === null ? [] : [`  trouble: ${line.trouble}`]),
  ].join('\n')
}

function theirWord({ follower, confirmedOurNewest, erased, theirLastPoll }: PartnerLine): string {
  if (follower === 'ended') return erased ? ', and said that they erased everything' : ', not confirmed as erased yet'
  if (follower !== 'accepted') return ''
  return `, ${confirmedOurNewest ? 'hold our newest' : 'do not hold our newest yet'}, last asked: ${theirLastPoll ?? 'never'}`
}
