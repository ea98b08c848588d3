import { createRequire } from 'node:module'
import type { Ajv2020 as Ajv2020Class } from 'ajv/dist/2020.js'
import { schemaOf } from '../../src/common/parse.ts'

const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020Class }
const addFormats = require('ajv-formats') as (ajv: Ajv2020Class) => void

export type Schema = Record<string, unknown>
export type Parameter = {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly schema: Schema
  readonly example?: unknown
}
type Header = { readonly required?: boolean; readonly schema: Schema }
type Ref = { readonly $ref: string }
type Response = {
  readonly headers?: Record<string, Header | Ref>
  readonly content?: Record<string, { readonly schema: Schema; readonly example?: unknown }>
}
export type Operation = {
  readonly operationId: string
  readonly security?: readonly Record<string, readonly string[]>[]
  readonly parameters?: readonly (Parameter | Ref)[]
  readonly responses: Record<string, Response | Ref>
}
export type ApiDocument = { readonly paths: Record<string, { readonly get: Operation }> }

/** schemas/openapi.json. */
export const document = schemaOf('openapi') as unknown as ApiDocument

/** Schemas as the document has them. */
export const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema(schemaOf('openapi'), 'openapi.json')

/** What a `$ref` of the document names; anything else as it is. Throws when it names nothing. */
export function resolved<Value extends object>(value: Value | Ref): Value {
  if (!('$ref' in value)) return value
  let found: unknown = document
  for (const part of value.$ref.replace('#/', '').split('/'))
    found = (found as Record<string, unknown> | undefined)?.[part]
  if (found === undefined) throw new Error(`the document has no ${value.$ref}`)
  return found as Value
}

const rooted = (schema: Schema): Schema =>
  typeof schema['$ref'] === 'string' ? { $ref: `openapi.json${schema['$ref']}` } : schema

/** The parameters of a path, without references. */
export function parametersOf(path: string): readonly Parameter[] {
  return (document.paths[path]?.get.parameters ?? []).map((parameter) => resolved(parameter))
}

export type Answered = { readonly status: number; readonly text: string; readonly headers: Headers }

/** Checks an answer against what the document says for this path, status, fields and type, and returns its body, parsed where it is JSON. */
export function documented(path: string, answer: Answered): Record<string, unknown> {
  const named = document.paths[path]?.get.responses[String(answer.status)]
  if (!named)
    throw new Error(`${path} answered ${answer.status}, which is not documented: ${answer.text.slice(0, 300)}`)
  const response = resolved(named)
  for (const [name, field] of Object.entries(response.headers ?? {})) checkField(path, answer, name, resolved(field))
  const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
  return checkBody(path, answer.status, type, answer.text)
}

/** Checks a body against what the document says for this path, status and type, and returns it, parsed where it is JSON. */
export function checkBody(path: string, status: number, type: string, text: string): Record<string, unknown> {
  const content = resolved(document.paths[path]?.get.responses[String(status)] ?? {}).content?.[type]
  if (!content) throw new Error(`${path} answered ${type}, which is not documented`)
  const body: unknown = type.endsWith('json') ? JSON.parse(text) : text
  const validate = ajv.compile(rooted(content.schema))
  if (!validate(body)) throw new Error(`${path} ${status}: ${ajv.errorsText(validate.errors)}`)
  return body as Record<string, unknown> // or a text, where the document says so
}

function checkField(path: string, { headers, status }: Answered, name: string, { required, schema }: Header): void {
  const text = headers.get(name)
  if (text === null && required !== true) return
  const value = schema['type'] === 'integer' ? Number(text) : text
  if (text === null || !ajv.validate(schema, value))
    throw new Error(`${path} ${status}: the field ${name} is ${String(text)}`)
}
