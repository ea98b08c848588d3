/** Why a backup is not made or not restored, in a sentence that says what to do. */
export class BackupError extends Error {
  readonly code: 'no-node' | 'no-backup' | 'damaged' | 'newer' | 'not-empty' | 'file'
  constructor(code: BackupError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'BackupError'
    this.code = code
  }
}
