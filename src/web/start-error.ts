/** Why a node does not start, in a sentence that says what to do. */
export class StartError extends Error {
  readonly code: 'origin-changed' | 'port-used' | 'port-refused' | 'withdrawal-log'
  constructor(code: StartError['code'], message: string) {
    super(message)
    this.name = 'StartError'
    this.code = code
  }
}
