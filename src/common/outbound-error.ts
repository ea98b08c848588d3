/** Why a request to another server did not end in an answer. `code` is stable; the message holds no personal data. */
export class OutboundError extends Error {
  readonly code:
    | 'address-refused'
    | 'host-not-allowed'
    | 'too-large'
    | 'compressed'
    | 'too-many-redirects'
    | 'left-the-host'
    | 'no-answer'
  constructor(code: OutboundError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'OutboundError'
    this.code = code
  }
}
