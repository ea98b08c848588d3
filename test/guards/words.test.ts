// Everything that people read is there in every language, and in the same parts.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tokenScopes } from '../../src/accounts/token.ts'
import { settings } from '../../src/config.ts'
import { refusals } from '../../src/common/errors.ts'
import { schemaOf } from '../../src/common/parse.ts'
import { languages } from '../../src/common/vocabularies.ts'
import { areasOf, baseOf, placeholdersOf, sentencesOf, type Sentences } from '../support/words.ts'
import { read } from '../support/imports.ts'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') || path.endsWith('.njk'))
  .map((path) => {
    const text = readFileSync(src + path, 'utf8')
    return { path, text: path.endsWith('.ts') ? read(text).strings : text.replaceAll(/\{#[\s\S]*?#\}/g, '') }
  })

const english = sentencesOf('en')
const others = languages
  .filter((language) => language !== 'en')
  .map((language) => ({ language, sentences: sentencesOf(language) }))

// Names, and words that are the same in Welsh.
const sameInWelsh: readonly string[] = ['Sideways', 'Mastodon', 'English', 'Cymraeg', 'JSON', 'Sector', 'person']

test('every area has words in every language', () => {
  for (const { language } of others) expect([language, ...areasOf(language)]).toEqual([language, ...areasOf('en')])
})

/** What is wrong with the words of a language, held against English. */
function faultsOf(language: string, sentences: Sentences): readonly string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const bases = (all: Sentences): ReadonlySet<string> => new Set([...all.keys()].map((key) => baseOf(key, all)))
  const [ours, theirs] = [bases(english), bases(sentences)]
  const faults = [
    ...[...ours].filter((key) => !theirs.has(key)).map((key) => `${language} lacks ${key}`),
    ...[...theirs].filter((key) => !ours.has(key)).map((key) => `${language} has ${key}, which English lacks`),
  ]
  for (const key of theirs) {
    if (!sentences.has(`${key}_other`) || !english.has(`${key}_other`)) continue
    faults.push(
      ...forms.filter((form) => !sentences.has(`${key}_${form}`)).map((form) => `${language} lacks ${key}_${form}`),
    )
  }
  for (const [key, text] of sentences) {
    const base = baseOf(key, sentences)
    const isForm = base !== key
    const other = english.get(key) ?? english.get(`${base}_other`)
    if (other === undefined) continue
    const [here, there] = [placeholdersOf(text), placeholdersOf(other)]
    const extra = here.filter((name) => !there.includes(name) && !(isForm && name === 'count'))
    const lacking = there.filter((name) => !here.includes(name) && !(isForm && name === 'count'))
    faults.push(...extra.map((name) => `${language} ${key} has {{${name}}}, which English lacks`))
    faults.push(...lacking.map((name) => `${language} ${key} lacks {{${name}}}`))
    const said = text.replaceAll(/\{\{[^}]*\}\}/g, '').replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
    if (text === other && said !== '' && !sameInWelsh.includes(said))
      faults.push(`${language} ${key} is still English: ${text}`)
  }
  return faults
}

test.each(others)(
  '$language says everything that English says, with the same names in it',
  ({ language, sentences }) => {
    expect(faultsOf(language, sentences)).toEqual([])
  },
)

test('faults in a translation are found', () => {
  const [key = '', text = ''] = [...english].find(([, sentence]) => placeholdersOf(sentence).length === 1) ?? []
  const wrong = new Map(english).set(key, text.replace('{{', '{{x')).set('web:more', 'Mwy')
  wrong.delete('web:save')
  const faults = faultsOf('cy', wrong)
  expect(faults).toContain('cy lacks web:save')
  expect(faults).toContain('cy has web:more, which English lacks')
  expect(faults).toContain(`cy ${key} lacks {{${placeholdersOf(text)[0]}}}`)
  expect(faults).toContain(`cy web:change is still English: ${english.get('web:change')}`)
  expect(faults.some((fault) => /^cy lacks .*_few$/.test(fault))).toBe(true)
})

test.each(languages)('no sentence in %s is empty, or anything but a text', (language) => {
  const bad = [...sentencesOf(language)].filter(
    ([, text]) => text.trim() === '' || text !== text.trim() || /^(null|true|false|\d+|\[.*\])$/.test(text),
  )
  expect(bad).toEqual([])
})

const has = (key: string): boolean => english.has(key) || english.has(`${key}_other`)
const areas = areasOf('en').join('|')

test('every sentence that a page or a letter asks for is there', () => {
  const asked = files.flatMap(({ path, text }) =>
    [...text.matchAll(new RegExp(`(["'\`])((?:${areas}):[A-Za-z][\\w.-]*)\\1(?!\\s*(?:~|\\+))`, 'g'))].map((match) => ({
      path,
      key: match[2] ?? '',
    })),
  )
  expect(asked.length).toBeGreaterThan(100)
  const scopes = new Set<string>(tokenScopes) // directory:read looks like a key
  const missing = asked.filter(({ key }) => !has(key) && !scopes.has(key))
  expect(missing.map(({ path, key }) => `${path} asks for ${key}`)).toEqual([])
})

test('where a page puts a key together, there are sentences that begin like it', () => {
  const asked = files.flatMap(({ path, text }) => [
    ...[...text.matchAll(new RegExp(`\`((?:${areas}):[\\w.-]*)\\$\\{`, 'g'))].map((match) => ({
      path,
      start: match[1] ?? '',
    })),
    ...[...text.matchAll(new RegExp(`["']((?:${areas}):[\\w.-]*)["']\\s*(?:~|\\+)`, 'g'))].map((match) => ({
      path,
      start: match[1] ?? '',
    })),
  ])
  const keys = [...english.keys()]
  expect(asked.length).toBeGreaterThan(5)
  expect(
    asked
      .filter(({ start }) => !keys.some((key) => key.startsWith(start)))
      .map(({ path, start }) => `${path} asks for ${start}…`),
  ).toEqual([])
})

test.each(Object.keys(refusals))('the refusal %s has its sentence and says what to do next', (code) => {
  for (const language of languages) {
    const sentences = sentencesOf(language)
    expect([language, sentences.get(`errors:codes.${code}`), sentences.get(`errors:next.${code}`)]).toEqual([
      language,
      expect.any(String),
      expect.any(String),
    ])
  }
})

test('every code that has a sentence is a code', () => {
  const codes = [...english.keys()].flatMap(
    (key) => /^errors:(?:codes|next)\.(.+)$/.exec(baseOf(key, english))?.[1] ?? [],
  )
  expect(codes.filter((code) => code !== 'invalid-input' && !(code in refusals))).toEqual([])
})

test('every field of a profile has a name that an error can use', () => {
  const fields = Object.keys(schemaOf('profile')['properties'] ?? {})
  expect(fields.length).toBeGreaterThan(10)
  const own = (field: string): boolean => [...english.keys()].some((key) => key.startsWith(`errors:fields.${field}.`))
  expect(fields.filter((field) => !has(`errors:names.${field}`) && !own(field))).toEqual([])
})

test('every fault that the code finds has a sentence', () => {
  const faults = files.flatMap(({ path, text }) =>
    [...text.matchAll(/\bfield:\s*'([^']+)',\s*rule:\s*'([^']+)'/g)].map((match) => ({
      path,
      field: match[1]?.split('/')[0] ?? '',
      rule: match[2] ?? '',
    })),
  )
  expect(faults.length).toBeGreaterThan(3)
  const lacking = faults.filter(
    ({ field, rule }) =>
      !has(`errors:fields.${field}.${rule}`) && !(has(`errors:names.${field}`) && has(`errors:rules.${rule}`)),
  )
  expect(lacking.map(({ path, field, rule }) => `${path}: ${field} ${rule}`)).toEqual([])
})

test('every setting says what it is for', () => {
  const lacking = Object.entries(settings()).filter(
    ([, { description }]) => (description ?? '').length < 20 || !/[.)]$/.test(description),
  )
  expect(lacking.map(([key]) => key)).toEqual([])
})

test('no sentence is left that nobody uses', () => {
  const all = files.map(({ text }) => text).join('\n')
  const starts = [...all.matchAll(new RegExp(`["'\`]((?:${areas}):[\\w.-]*)(?:["']\\s*(?:~|\\+)|\\$\\{)`, 'g'))].map(
    (match) => match[1] ?? '',
  )
  const bases = new Set([...english.keys()].map((key) => baseOf(key, english)))
  const unused = [...bases].filter(
    (key) => !key.startsWith('errors:') && !starts.some((start) => key.startsWith(start)) && !all.includes(key),
  )
  expect(unused).toEqual([])
})
