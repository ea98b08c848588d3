/** What went wrong with the embedded PostgreSQL. Stable: docs and the start command choose their words by it. */
export type EmbeddedPostgresFault = 'folder-not-writable' | 'wrong-version' | 'no-binaries' | 'did-not-start'

/** The embedded PostgreSQL cannot be had; the message is a sentence for the host that says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresFault

  constructor(code: EmbeddedPostgresFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
