// The expected ways to say no. Anything else that is thrown is a bug: logged with a reference and shown as
// "Sorry, there is a problem with the service".

/** Every refusal: its HTTP status and, by its key in words/…/errors.json, its sentence. The one table of /docs/error-codes. */
export const refusals = {
  'not-found': 404,
  'not-allowed': 403,
  'too-many-requests': 429,
  'request-too-large': 413,
  'cross-site-request': 403,
  'link-unknown': 410,
  'link-expired': 410,
  'link-used': 410,
  'account-waiting': 403,
  'account-closed': 403,
  'account-unknown': 404,
  'last-administrator': 409,
  'mail-domain-not-allowed': 403,
  'profile-incomplete': 409,
  'not-listed': 409,
  'scope-not-offered': 409,
  'handle-needed': 409,
  'flag-needs-listing': 409,
  'flag-not-open': 409,
  'person-gone': 410,
  'person-unknown': 404,
  'partner-unknown': 404,
  'partner-not-waiting': 409,
  'partner-is-self': 409,
  'partner-unreachable': 502,
  'partner-not-sideways': 502,
  'host-not-allowed': 403,
  'partner-key-changed': 409,
  'allow-list-unknown': 404,
  'allow-list-key-changed': 409,
  'move-not-confirmed': 409,
  'follower-unknown': 404,
  'moved-lately': 409,
  'request-unknown': 404,
  'request-not-opened': 409,
  'request-answered': 409,
  'chat-unknown': 404,
  'chat-not-possible': 409,
  'chat-not-askable': 409,
  'introduction-unknown': 404,
  'introduction-not-possible': 409,
  'introduction-not-askable': 409,
  'booking-unknown': 404,
  'booking-not-possible': 409,
  'booking-full': 409,
  'booking-not-listed': 409,
  'office-hours-enough': 409,
  'domain-too-wide': 409,
  'domain-partners-changed': 409,
  'search-too-slow': 503,
  'search-unknown': 404,
  'searches-full': 409,
  'feed-gone': 410,
  'log-full': 409,
  'too-many-tokens': 409,
  'token-needed': 401,
  'token-unknown': 401,
  'scope-missing': 403,
  'method-not-allowed': 405,
  'not-acceptable': 406,
} as const satisfies Record<string, number>

export type RefusalCode = keyof typeof refusals

/** An expected no: the code fixes status and sentence; `detail` fills the sentence's {{placeholders}}. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly detail: Readonly<Record<string, string | number>>
  constructor(code: RefusalCode, detail: Readonly<Record<string, string | number>> = {}) {
    super(`refused: ${code}`)
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
  }
  get status(): number {
    return refusals[this.code]
  }
}

/** One fault in one field: `field` is the form field or JSON pointer, `rule` the key of its sentence. */
export type Problem = {
  readonly field: string
  readonly rule: string
  readonly detail?: Readonly<Record<string, string | number>>
}

/** Input that a person can mend: every problem at once; a form shows them in an error summary, the API as RFC 9457. */
export class InvalidInput extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(`invalid input: ${problems.map((problem) => `${problem.field} ${problem.rule}`).join(', ')}`)
    this.name = 'InvalidInput'
    this.problems = problems
  }
}
