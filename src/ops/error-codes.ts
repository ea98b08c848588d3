import { refusals } from '../common/errors.ts'
import type { Translate } from '../common/words.ts'
import { mostSearches } from '../searches/search.ts'

export type ErrorCode = {
  readonly code: string
  readonly status: number
  /** What went wrong, without a full stop. */
  readonly sentence: string
  readonly next: string
}

/** Every code that an answer may carry, in the order of the pages: bad input, each refusal, and a fault of the program. */
export function errorCodes(t: Translate): readonly ErrorCode[] {
  // A sentence has a name where an answer has a value.
  const names = {
    host: t('ops:errorCodes.host'),
    seconds: t('ops:errorCodes.seconds'),
    scope: 'directory:read',
    types: 'application/json',
    limit: String(mostSearches),
  }
  return [
    {
      code: 'invalid-input',
      status: 400,
      sentence: t('errors:codes.invalid-input'),
      next: t('ops:errorCodes.invalidInput'),
    },
    ...Object.entries(refusals).map(([code, status]) => ({
      code,
      status,
      sentence: t(`errors:codes.${code}`, names),
      next: t(`errors:next.${code}`, names),
    })),
    { code: 'problem', status: 500, sentence: t('errors:sorry.title'), next: t('ops:errorCodes.problem') },
  ]
}
