// What is made from something else, or says the same thing twice, must agree.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EntitySchema } from 'typeorm'
import { drawWorld } from '../../bin/map.ts'
import { schemaTypes } from '../../bin/schemas.ts'
import { styles } from '../../bin/styles.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { parse, parsePart, schemaOf } from '../../src/common/parse.ts'
import type { Schemas } from '../../src/common/schema-types.ts'
import { vocabulary, vocabularyNames, type VocabularyName } from '../../src/common/vocabularies.ts'
import { openDatabase } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { migrateQueue } from '../../src/jobs/worker.ts'
import { entities } from '../../src/node.ts'
import { emptyDatabase } from '../support/database.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const textOf = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const sources = (ending: string): readonly string[] =>
  readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => `src/${path}`)

// openapi.json describes the API; the others are schemas. The names are those of the types, which are made from the files.
const schemaNames = readdirSync(`${root}schemas`)
  .filter((file) => file.endsWith('.json') && file !== 'openapi.json')
  .map((file) => file.slice(0, -5) as keyof Schemas)

test('the types are those of the schemas (npm run schemas)', async () => {
  // Not toBe: nobody wants to read the difference of two whole files.
  expect(textOf('src/common/schema-types.ts') === (await schemaTypes())).toBe(true)
})

test('the style sheet is that of its source (npm run styles)', () => {
  expect(textOf('src/web/assets/styles.css').trim() === styles().trim()).toBe(true)
})

test('the world is drawn from its atlas (npm run map)', () => {
  expect(textOf('src/common/world.json').trim() === JSON.stringify(drawWorld())).toBe(true)
})

test.each(schemaNames)('the schema %s compiles as strictly as it is used', (name) => {
  for (const check of [parse, parsePart]) {
    try {
      check(name, {})
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput)
    }
  }
  expect(schemaOf(name)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://w3id.org/sideways/schemas/${name}.json`,
    title: expect.any(String),
    description: expect.any(String),
  })
})

test('every schema that the code asks for is there', () => {
  const asked = sources('.ts').flatMap((path) =>
    [...textOf(path).matchAll(/\b(?:parse|parsePart)\('([^']*)'/g)].map((match) => `${path} ${match[1]}`),
  )
  expect(asked.length).toBeGreaterThan(5)
  expect(asked.filter((one) => !schemaNames.some((name) => one.endsWith(` ${name}`)))).toEqual([])
})

/** The SQL that would make the tables of these entities out of those that the migrations make. */
async function differences(mapped: readonly EntitySchema[]): Promise<readonly string[]> {
  const url = await emptyDatabase()
  await migrate(url, migrateQueue)
  const db = await openDatabase({ url, entities: mapped })
  try {
    const { upQueries } = await db.manager.connection.driver.createSchemaBuilder().log()
    return upQueries.map(({ query }) => query)
  } finally {
    await db.close()
  }
}

test('the mapped tables are those that the migrations make', async () => {
  expect(entities.length).toBeGreaterThan(3)
  expect(await differences(entities)).toEqual([])
})

test('a column that no migration makes would be noticed', async () => {
  const columns = {
    name: { type: 'text', primary: true },
    value: { type: 'text' },
    note: { type: 'text', nullable: true },
  } as const
  const setting = new EntitySchema({ name: 'setting', tableName: 'setting', columns })
  expect(await differences([setting])).toEqual(['ALTER TABLE "setting" ADD "note" text'])
})

test('every entity in a store is one that node.ts maps', () => {
  const made = sources('store.ts').flatMap((path) => [...textOf(path).matchAll(/new EntitySchema\b/g)])
  expect(entities).toHaveLength(made.length)
})

test('the shipped vocabularies are those that the code knows', () => {
  const files = readdirSync(`${root}schemas/vocabularies`).filter((file) => file.endsWith('.json'))
  expect(files.map((file) => file.slice(0, -5)).toSorted()).toEqual([...vocabularyNames].toSorted())
})

test.each(vocabularyNames)('the vocabulary %s has the form that we publish', (name) => {
  const list = parse('vocabulary', JSON.parse(textOf(`schemas/vocabularies/${name}.json`)))
  expect(list.id).toBe(`https://w3id.org/sideways/${name}`)
  const wider = new Set(vocabulary(name === 'role-titles' ? 'roles' : name).concepts.map(({ id }) => id))
  expect(list.concepts.filter(({ broader }) => broader !== undefined && !wider.has(broader))).toEqual([])
})

test('no two concepts have the same id, in whatever vocabulary they are', () => {
  const all = vocabularyNames.flatMap((name) => vocabulary(name).concepts.map(({ id }) => ({ name, id })))
  const seen = new Map<string, string>()
  const twice = all.filter(({ name, id }) => {
    const isSeen = seen.has(id)
    seen.set(id, name)
    return isSeen
  })
  expect(twice).toEqual([])
})

type Property = {
  readonly 'x-vocabulary'?: VocabularyName
  readonly enum?: readonly string[]
  readonly items?: Property
}

test('answers that a schema lists are concepts of the vocabulary that it names', () => {
  const wrong: string[] = []
  const look = (name: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const property: Property = value
    const list = property['x-vocabulary']
    if (typeof list === 'string') {
      if (!vocabularyNames.includes(list)) wrong.push(`${name} names the vocabulary ${list}, which is not there`)
      else {
        const ids = new Set(vocabulary(list).concepts.map(({ id }) => id))
        const answers = property.enum ?? property.items?.enum ?? []
        wrong.push(...answers.filter((id) => !ids.has(id)).map((id) => `${name} lists ${id}, which is not in ${list}`))
      }
    }
    for (const [key, inner] of Object.entries(value)) look(`${name}/${key}`, inner)
  }
  for (const name of schemaNames) look(name, schemaOf(name))
  expect(wrong).toEqual([])
})
