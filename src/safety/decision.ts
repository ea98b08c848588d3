/** What moderators can decide about a report, or without one. Each has its words in words/…/safety.json, decisions. */
export const decisionKinds = [
  'nothing',
  'warn',
  'end-public',
  'end-listing',
  'hide-entry',
  'show-entry',
  'refer',
  'refuse-domain',
  'allow-domain',
  'list-joined',
  'list-left',
  'appeal-stands',
  'appeal-reversed',
] as const
export type DecisionKind = (typeof decisionKinds)[number]

/** One line of the log. `byAccount` and `aboutAccount` are accounts here; `target` a domain, a list's address or a person elsewhere. */
export type Decision = {
  readonly id: string
  readonly at: Date
  readonly byAccount: string
  readonly kind: DecisionKind
  readonly reason: string
  readonly reportId: string | null
  readonly aboutAccount: string | null
  readonly target: string | null
  readonly answers: string | null
}

/** What a report can be answered with. */
export type ReportChoice = Extract<
  DecisionKind,
  'nothing' | 'warn' | 'end-public' | 'end-listing' | 'hide-entry' | 'refer' | 'refuse-domain'
>

/** The choices that fit whom a report is about: a person here, one elsewhere, or nobody in particular. */
export function choicesFor(
  report: {
    readonly aboutAccountId: string | null
    readonly aboutHost: string
    readonly listingId: string | null
    readonly forwardedAt: Date | null
  },
  ownHost: string,
): readonly ReportChoice[] {
  if (report.aboutAccountId !== null) return ['nothing', 'warn', 'end-public', 'end-listing']
  if (report.aboutHost === ownHost) return ['nothing']
  return [
    'nothing',
    ...(report.listingId === null ? [] : (['hide-entry'] as const)),
    ...(report.forwardedAt === null ? (['refer'] as const) : []),
    'refuse-domain',
  ]
}

/** Whether the person concerned may ask somebody else to look again. */
export function isOpenToAppeal(kind: DecisionKind): boolean {
  return kind === 'warn' || kind === 'end-public' || kind === 'end-listing'
}

/** Whether she is told of it by mail: of all that was decided against her, and of what became of her appeal. */
export function isTold(kind: DecisionKind): boolean {
  return isOpenToAppeal(kind) || kind === 'appeal-stands' || kind === 'appeal-reversed'
}

/**
 * Who may decide an appeal: another moderator than the one who decided; if there is none, an administrator; if there is none, whoever
 * moderates. Never the person concerned.
 */
export function judgesOf(
  decision: Pick<Decision, 'byAccount' | 'aboutAccount'>,
  moderators: readonly string[],
  administrators: readonly string[],
): readonly string[] {
  const others = (ids: readonly string[]): readonly string[] => ids.filter((id) => id !== decision.aboutAccount)
  const fresh = (ids: readonly string[]): readonly string[] => others(ids).filter((id) => id !== decision.byAccount)
  const lists = [fresh(moderators), fresh(administrators), others(moderators)]
  return lists.find((ids) => ids.length > 0) ?? []
}
