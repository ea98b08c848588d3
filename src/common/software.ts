import { readFileSync } from 'node:fs'

/** This program: its version, and the licence under which it and its vocabularies are given away. */
export const software = {
  name: 'Sideways',
  version: (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version, // our own file
  licence: 'AGPL-3.0-or-later',
  licenceUrl: 'https://www.gnu.org/licenses/agpl-3.0.html',
  vocabularyLicenceUrl: 'https://creativecommons.org/publicdomain/zero/1.0/',
} as const
