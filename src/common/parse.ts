import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ErrorObject, ValidateFunction } from 'ajv'
import type { Ajv2020 as Ajv2020Class } from 'ajv/dist/2020.js'
import { InvalidInput, type Problem } from './errors.ts'
import type { Schemas } from './schema-types.ts'

const require = createRequire(import.meta.url)
// Ajv and ajv-formats are CommonJS whose types describe a default export that Node does not make.
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020Class }
const addFormats = require('ajv-formats') as (ajv: Ajv2020Class) => void

const schemaFolder = new URL('../../schemas/', import.meta.url)
const validators = new Map<string, ValidateFunction>()

/** The JSON Schema of that name, as published at /schemas/{name}.json. */
export function schemaOf(name: string): Record<string, unknown> {
  // The files are ours; their shape is held by the guard that compiles every one of them.
  return JSON.parse(readFileSync(new URL(`${name}.json`, schemaFolder), 'utf8')) as Record<string, unknown>
}

function validatorOf(name: string, extent: 'whole' | 'part' = 'whole'): ValidateFunction {
  const known = validators.get(`${extent} ${name}`)
  if (known) return known
  const ajv = new Ajv2020({ allErrors: name !== 'listing', strict: true, strictRequired: false, allowUnionTypes: true })
  addFormats(ajv)
  for (const keyword of ['x-audience', 'x-words', 'x-env', 'x-secret', 'x-vocabulary']) ajv.addKeyword(keyword)
  const schema = schemaOf(name)
  if (extent === 'part') for (const keyword of ['required', 'anyOf']) delete schema[keyword]
  const validator = ajv.compile(schema)
  validators.set(`${extent} ${name}`, validator)
  return validator
}

function problemOf(error: ErrorObject): Problem {
  const missing = error.keyword === 'required' ? `/${String(error.params['missingProperty'])}` : ''
  const field = `${error.instancePath}${missing}`.replace(/^\//, '')
  const detail = Object.fromEntries(
    Object.entries(error.params).filter(
      (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
    ),
  )
  return { field: field === '' ? '(all)' : field, rule: error.keyword, detail }
}

/** Checks `input` against schemas/{name}.json and returns it typed, or throws InvalidInput with every problem found. */
export function parse<Name extends keyof Schemas>(name: Name, input: unknown): Schemas[Name] {
  const validator = validatorOf(name)
  if (validator(input)) return input as Schemas[Name] // the schema is the type: schema-types.ts is generated from it
  throw new InvalidInput((validator.errors ?? []).map(problemOf))
}

/** As `parse`, for some properties of a thing that is not finished: what is there is checked, what is not is not asked for. */
export function parsePart<Name extends keyof Schemas>(name: Name, input: unknown): Partial<Schemas[Name]> {
  const validator = validatorOf(name, 'part')
  if (validator(input)) return input as Partial<Schemas[Name]> // as in `parse`
  throw new InvalidInput((validator.errors ?? []).map(problemOf))
}
