import { readFileSync } from 'node:fs'
import { editDistance } from './common/distance.ts'
import { parse, schemaOf } from './common/parse.ts'
import { InvalidInput, type Problem } from './common/errors.ts'
import type { Config as ParsedConfig } from './common/schema-types.ts'
import { concept } from './common/vocabularies.ts'

/** Every setting, checked; `origin` is always there. */
export type Config = Readonly<Omit<ParsedConfig, 'origin'>> & { readonly origin: string }

/** Everything that is wrong with the settings, in words, one line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

type Setting = {
  readonly 'x-env': string
  readonly 'x-secret'?: boolean
  readonly type: 'string' | 'integer' | 'boolean' | 'array'
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly format?: string
  readonly 'x-vocabulary'?: string
  readonly default?: string | number | boolean | readonly string[]
  readonly description: string
}

/** The settings by their name in Config, as schemas/config.json lists them; docs/configuration.md is made from it. */
export function settings(): Readonly<Record<string, Setting>> {
  return schemaOf('config')['properties'] as Record<string, Setting>
}

/**
 * Reads a Config from environment variables (source: schemas/config.json), or throws ConfigError with every fault at once:
 * a value of the wrong kind, a misspelt SIDEWAYS_ name, a file that cannot be read, a setting given twice.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const known = Object.entries(settings())
  const names = new Set(known.flatMap(([, setting]) => [setting['x-env'], `${setting['x-env']}_FILE`]))
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith('SIDEWAYS_') && !names.has(name) && !internalNames.has(name))
    .map((name) => `${name} is not a setting. ${nearest(name, names)}`)

  const given: Record<string, unknown> = {}
  for (const [key, setting] of known) {
    const text = textOf(environment, setting['x-env'], faults)
    given[key] = text === undefined ? setting.default : coerce(tidied(key, text), setting)
    if (given[key] === undefined) delete given[key]
  }
  let config: ParsedConfig | undefined
  try {
    config = parse('config', given)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    faults.push(...error.problems.map(faultOf))
    for (const problem of error.problems) delete given[problem.field.split('/')[0] ?? '']
  }
  // What is left of `given` has passed the schema.
  faults.push(...faultsBetween(config ?? given))
  if (faults.length > 0 || !config) throw new ConfigError([...new Set(faults)])
  return { ...config, origin: config.origin ?? `http://localhost:${config.port}` }
}

// Set by the tests for their own use.
const internalNames = new Set(['SIDEWAYS_TEST_SERVER', 'SIDEWAYS_TEST_TEMPLATE'])

// As people write them: an origin with a slash at its end, a proxy without its http://.
function tidied(key: string, text: string): string {
  if (key === 'origin') return text.trim().replace(/\/$/, '')
  return key === 'httpsProxy' && !text.includes('://') ? `http://${text.trim()}` : text
}

// Other programs read these two in small letters as well.
const alsoSmall = new Set(['HTTPS_PROXY', 'NO_PROXY'])

function textOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  faults: string[],
): string | undefined {
  const text = environment[name] ?? (alsoSmall.has(name) ? environment[name.toLowerCase()] : undefined)
  const file = environment[`${name}_FILE`]
  if (file === undefined || file === '') return text === '' ? undefined : text
  if (text !== undefined && text !== '') {
    faults.push(`${name} and ${name}_FILE are both set. Keep one of them.`)
    return undefined
  }
  try {
    const content = readFileSync(file, 'utf8').trim()
    return content === '' ? undefined : content
  } catch (error) {
    faults.push(
      `${name}_FILE names a file that cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
    return undefined
  }
}

function coerce(text: string, setting: Setting): unknown {
  if (setting.type === 'integer') return /^-?\d+$/.test(text.trim()) ? Number(text) : text
  if (setting.type === 'boolean')
    return (
      { true: true, yes: true, on: true, '1': true, false: false, no: false, off: false, '0': false }[
        text.trim().toLowerCase()
      ] ?? text
    )
  if (setting.type === 'array')
    return text
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== '')
  return text.trim()
}

function faultOf(problem: Problem): string {
  const key = problem.field.split('/')[0] ?? ''
  const setting = settings()[key]
  if (!setting) return `${problem.field}: ${problem.rule}`
  const name = setting['x-env']
  if (setting.enum) return `${name} must be one of: ${setting.enum.join(', ')}.`
  if (setting.type === 'integer')
    return `${name} must be a whole number from ${setting.minimum ?? 0} to ${setting.maximum ?? ''}.`
  if (setting.type === 'boolean') return `${name} must be true or false.`
  return `${name} is not right. ${setting.description}`
}

function faultsBetween({
  sector,
  timeZone,
  join,
  mailDomains,
  origin,
  allowPrivateAddresses,
  httpsProxy,
  proxyLookup,
  egressAllow,
}: Partial<ParsedConfig>): string[] {
  const faults: string[] = []
  if (sector !== undefined && !concept('sectors', sector))
    faults.push(`SIDEWAYS_SECTOR is "${sector}", which is not an id in schemas/vocabularies/sectors.json.`)
  if (timeZone !== undefined && !isTimeZone(timeZone))
    faults.push(`SIDEWAYS_TIME_ZONE is "${timeZone}", which is not a time zone such as Europe/London.`)
  if (join === 'domains' && mailDomains?.length === 0)
    faults.push('SIDEWAYS_JOIN is "domains", so SIDEWAYS_MAIL_DOMAINS must name at least one mail domain.')
  if (httpsProxy !== undefined && proxyLookup === 'proxy' && egressAllow?.length === 0)
    faults.push(
      'SIDEWAYS_PROXY_LOOKUP is "proxy", so names are not looked up here and inside addresses cannot be told: SIDEWAYS_EGRESS_ALLOW must name the hosts that may be asked.',
    )
  if (origin !== undefined) faults.push(...faultsOfOrigin(origin, allowPrivateAddresses ?? false))
  return faults
}

// Ids are compared as text, so the origin is kept only in the one form that every URL parser makes of it.
function faultsOfOrigin(text: string, allowsHttp: boolean): string[] {
  const { origin, protocol, hostname } = new URL(text)
  if (origin !== text) return [`SIDEWAYS_ORIGIN is not written as other servers will see it. Write it as ${origin}`]
  if (protocol === 'https:' || allowsHttp || isLoopback(hostname)) return []
  return [
    `SIDEWAYS_ORIGIN is "${text}". Use https: other servers refuse http, and sign-in cookies would travel in the clear.`,
  ]
}

/** Whether the name is one that the machine's time zone database knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false // RangeError is Intl's way of saying no
  }
}

/** Whether a host name can only mean this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function nearest(name: string, names: ReadonlySet<string>): string {
  const close = [...names].toSorted((one, other) => editDistance(name, one) - editDistance(name, other))[0]
  return close !== undefined && editDistance(name, close) <= 6 ? `Did you mean ${close}?` : 'See docs/configuration.md.'
}
