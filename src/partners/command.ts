import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { approve, follow, leave, reject } from './actions.ts'
import type { PartnerTools } from './tools.ts'
import { hostOf, type Partner } from './partner.ts'
import { partners, type PartnerOverview } from './views.ts'

/** What `sideways partners …` was asked. */
export type PartnersCommand = PartnerTools & { readonly verb: string; readonly host: string | undefined }

/** A partner as the command line prints it with --json. */
export type PartnerLine = {
  readonly host: string
  readonly organisation: string
  readonly country: string | null
  readonly following: Partner['following']
  readonly follower: Partner['follower']
  readonly fingerprint: string
  /** How many of their listings are held; null below ten. */
  readonly listings: number | null
  readonly refused: number
  readonly leaseUntil: string | null
  readonly lastContact: string | null
  readonly trouble: string | null
}

/** Does `partners list | follow | approve | reject | leave`; undefined for another verb or a missing host. Refusals as the actions'. */
export async function partnersFromCommandLine(
  app: App,
  { verb, host: typed, lookUp, ownKey }: PartnersCommand,
): Promise<{ readonly partners: readonly PartnerLine[]; readonly text: string } | undefined> {
  if (verb === 'list') {
    const { partners: lines, text } = shown(await partners(app.db))
    return { partners: lines, text: `Our own key, for others to compare: ${fingerprint(await ownKey(app))}\n\n${text}` }
  }
  const act = verbs.get(verb)
  if (!act || typed === undefined) return undefined
  const host = hostOf(typed)
  if (host === undefined) throw new InvalidInput([{ field: 'host', rule: 'format' }])
  const done = await act(app, host, lookUp)
  return shown((await partners(app.db)).filter(({ id }) => id === done.id))
}

const verbs: ReadonlyMap<string, (app: App, host: string, lookUp: PartnerTools['lookUp']) => Promise<Partner>> =
  new Map([
    ['follow', async (app: App, host: string, lookUp: PartnerTools['lookUp']) => follow(app, await lookUp(app, host))],
    ['approve', approve],
    ['reject', reject],
    ['leave', leave],
  ])

function shown(list: readonly PartnerOverview[]): { readonly partners: readonly PartnerLine[]; readonly text: string } {
  const lines = list.map(lineOf)
  return { partners: lines, text: lines.map(textOf).join('\n') || 'There are no partner nodes yet.' }
}

function lineOf(partner: PartnerOverview): PartnerLine {
  const { reading } = partner
  return {
    host: partner.host,
    organisation: partner.organisation,
    country: partner.country,
    following: partner.following,
    follower: partner.follower,
    fingerprint: fingerprint(partner.directoryKey),
    listings: partner.copies >= 10 ? partner.copies : null,
    refused: partner.refused,
    leaseUntil: reading?.validUntil.toISOString() ?? null,
    lastContact: reading?.lastContact?.toISOString() ?? null,
    trouble: reading?.trouble ?? null,
  }
}

function textOf(line: PartnerLine): string {
  const listings = line.listings === null ? 'fewer than ten' : String(line.listings)
  return [
    `${line.host}  ${line.organisation}${line.country === null ? '' : ` (${line.country})`}`,
    `  we read them: ${line.following}${line.following === 'accepted' ? `, listings held: ${listings}` : ''}`,
    `  they read us: ${line.follower}`,
    `  key: ${line.fingerprint}  (compare it by phone)`,
    ...(line.trouble === null ? [] : [`  trouble: ${line.trouble}`]),
  ].join('\n')
}
