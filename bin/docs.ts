// Makes docs/configuration.md and docs/error-codes.md. `npm run docs`; a guard compares.
import { writeFileSync } from 'node:fs'
import { loadWords } from '../src/common/words.ts'
import { settings } from '../src/config.ts'
import { errorCodes, type ErrorCode } from '../src/ops/error-codes.ts'

type Setting = ReturnType<typeof settings>[string]

/** docs/configuration.md: every setting of schemas/config.json, in its order. */
export function configurationPage(): string {
  const all = Object.entries(settings())
  const rows = all.map(([key, setting]) => {
    const name = setting['x-env']
    return `| \`${name}\` | ${cell(setting.description)} | ${defaultOf(key, setting)} | ${allowed(setting)} | \`${name}_FILE\` |`
  })
  const secrets = all.filter(([, setting]) => setting['x-secret']).map(([, setting]) => `\`${setting['x-env']}\``)
  return `# Settings

<!-- Made by \`npm run docs\` from schemas/config.json. Do not edit. -->

This page is for people who run a node. It lists everything that you can set.

A node reads its settings once, when it starts, from environment variables:

\`\`\`
SIDEWAYS_NAME="North Council" SIDEWAYS_ORIGIN=https://peers.north.example npm start
\`\`\`

- Every setting has a default or may be left out, so a node also starts without any.
- An empty value counts as no value.
- If something is wrong, the node says everything that is wrong, each fault in one line, and does not start (exit code 78).
- A name that begins with \`SIDEWAYS_\` and is not in the table is a fault too, so that a misspelt setting cannot go unnoticed.
- Yes-or-no settings take \`true\`, \`yes\`, \`on\` and \`1\`, or \`false\`, \`no\`, \`off\` and \`0\`.
- Lists are separated by commas.

## Values from files

Every setting can come from a file instead: put \`_FILE\` after its name and give the path. Use this for what nobody else
may read (${list(secrets)}), as containers and systemd hand over secrets:

\`\`\`
DATABASE_URL_FILE=/run/secrets/database-url npm start
\`\`\`

Spaces and line ends around the content are left out. A setting and its file together are a fault.

## Every setting

| Name | What it is for | If you leave it out | What it can be | From a file |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function defaultOf(key: string, setting: Setting): string {
  if (key === 'origin') return '`http://localhost:` and the port'
  const text = String(setting.default ?? '') // a list is joined by commas, as it is written
  return text === '' ? 'nothing' : `\`${text}\``
}

function allowed(setting: Setting): string {
  if (setting.enum)
    return list(
      setting.enum.map((value) => `\`${value}\``),
      'or',
    )
  if (setting.type === 'boolean') return '`true` or `false`'
  if (setting.type === 'integer') return `a whole number from ${setting.minimum ?? 0} to ${setting.maximum ?? 'any'}`
  if (setting.type === 'array') return `a list, at most ${setting.maxItems ?? 'any number of'} items`
  if (setting['x-vocabulary'])
    return `an id from [schemas/vocabularies/${setting['x-vocabulary']}.json](../schemas/vocabularies/${setting['x-vocabulary']}.json)`
  const kind = setting.format === 'uri' ? 'an address' : setting.format === 'email' ? 'a mail address' : 'a text'
  return setting.maxLength === undefined ? kind : `${kind} of at most ${setting.maxLength} characters`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function list(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** docs/error-codes.md: every expected no, with the sentences that people read. Each code is an anchor of its own. */
export async function errorCodesPage(): Promise<string> {
  const codes = errorCodes((await loadWords(true)).in('en'))
  return `# Error codes

<!-- Made by \`npm run docs\` from src/common/errors.ts and src/common/words/en/errors.json. Do not edit. -->

This page is for people who write programs that speak to a node, and for those who help the readers of one.

When a node says no, a person reads a page with a sentence and what to do next. A program that asks for JSON gets the same
as \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). Its \`type\` is an address on
the node, \`/docs/error-codes#\` and the code, where these sentences can be read. The code does not change; the \`title\` is the
sentence in the reader's language, which may. Words in brackets are filled in.

| Code | HTTP status | Sentence |
| --- | --- | --- |
${codes.map(row).join('\n')}

${codes.map(part).join('\n')}`
}

function row({ code, status, sentence }: ErrorCode): string {
  return `| [\`${code}\`](#${code}) | ${status} | ${cell(sentence)} |`
}

function part({ code, status, sentence, next }: ErrorCode): string {
  return `## ${code}\n\n${status}: ${sentence}.\n\n${next}\n`
}

/** Every page that is made, by its path in the project. */
export async function pages(): Promise<Readonly<Record<string, string>>> {
  return { 'docs/configuration.md': configurationPage(), 'docs/error-codes.md': await errorCodesPage() }
}

if (process.argv[1]?.endsWith('docs.ts')) {
  for (const [path, text] of Object.entries(await pages())) writeFileSync(new URL(`../${path}`, import.meta.url), text)
}
