import { parseArgs } from 'node:util'
import { checkIds } from './checks.ts'

/** What somebody asked of the kit. */
export type Asked = {
  readonly origin: string | undefined
  readonly subscriber: string | undefined
  readonly shows: string | undefined
  readonly cookie: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  readonly ownOrigin: string | undefined
  readonly otherOrigin: string | undefined
  readonly keys: string | undefined
  readonly only: readonly string[]
  readonly help: boolean
  readonly json: boolean
  /** Milliseconds. */
  readonly person: number
  readonly lease: number
  readonly settle: number
}

/** What the kit says to `--help`, and to those who ask for something else than it does. */
export const usage = `npm run conformance -- --origin URL | --subscriber URL --shows URL | --vectors

Checks another implementation of the Sideways directory protocol (FEDERATION.md) from outside.
What each check means: docs/conformance.md

  --origin URL        check the node at this origin as one that publishes listings
  --subscriber URL    check the node at this origin as one that reads listings
  --shows URL         with --subscriber: a page or an API of it that names everybody whom it shows;
                      {text} in it becomes a word that all invented names have
  --cookie TEXT       the Cookie header for --shows, if one must be signed in
  --vectors           hold only the kit itself to test/vectors/directory-1.json

  --listen HOST:PORT  where the kit listens; 127.0.0.1:0 unless given, which is any free port
  --own-origin URL    where others reach the kit; http://127.0.0.1:PORT unless given
  --other-origin URL  where others reach the second port of the kit (PORT + 1), for the check of redirects
  --keys FILE         keep the keys of the kit in a file, for nodes that remember them
  --only IDS          only these checks or parts: origin.root,origin.proof
  --no-help           skip what somebody must do on the other side, once the kit was let in
  --timeout SECONDS   how long to wait for what somebody must do; 900 unless given
  --lease SECONDS     how long the short lease is that is watched to its end; 30 unless given
  --settle SECONDS    how long to watch after something false was read; 3 unless given
  --json              one JSON object a line: check, section, result (pass, fail, skipped), why

Ends with 0 when nothing failed, 1 when something did, 64 for a use that is not known.
`

/** Reads the command line: what is asked for, `help`, or a sentence that says what is wrong with it. */
export function readArguments(args: readonly string[]): Asked | 'help' | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        origin: { type: 'string' },
        subscriber: { type: 'string' },
        shows: { type: 'string' },
        cookie: { type: 'string' },
        vectors: { type: 'boolean' },
        listen: { type: 'string' },
        'own-origin': { type: 'string' },
        'other-origin': { type: 'string' },
        keys: { type: 'string' },
        only: { type: 'string' },
        'no-help': { type: 'boolean' },
        timeout: { type: 'string' },
        lease: { type: 'string' },
        settle: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return 'help'
    if ([values.origin, values.subscriber, values.vectors].filter((given) => given !== undefined).length !== 1)
      return { wrong: 'Say one of --origin, --subscriber and --vectors.' }
    if (values.subscriber !== undefined && values.shows === undefined)
      return { wrong: 'With --subscriber, say with --shows where one can see whom it shows.' }
    const only = values.only?.split(',') ?? []
    const unknown = only.find((name) => !checkIds.some((id) => id === name || id.startsWith(`${name}.`)))
    if (unknown !== undefined) return { wrong: `There is no check "${unknown}".` }
    return {
      origin: originOf('--origin', values.origin),
      subscriber: originOf('--subscriber', values.subscriber),
      shows: addressOf('--shows', values.shows) && values.shows,
      cookie: values.cookie,
      listen: listenOf(values.listen ?? '127.0.0.1:0'),
      ownOrigin: originOf('--own-origin', values['own-origin']),
      otherOrigin: originOf('--other-origin', values['other-origin']),
      keys: values.keys,
      only,
      help: values['no-help'] !== true,
      json: values.json === true,
      person: secondsOf('--timeout', values.timeout, 900),
      lease: secondsOf('--lease', values.lease, 30),
      settle: secondsOf('--settle', values.settle, 3),
    }
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
}

function addressOf(name: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new Error(`${name} wants a web address.`)
  return url
}

function originOf(name: string, text: string | undefined): string | undefined {
  const url = addressOf(name, text)
  if (url && (url.pathname !== '/' || url.search !== '')) throw new Error(`${name} wants scheme and host only.`)
  return url?.origin
}

function listenOf(text: string): Asked['listen'] {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) > 65_535) throw new Error('--listen wants a host and a port.')
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function secondsOf(name: string, text: string | undefined, ordinary: number): number {
  const seconds = text === undefined ? ordinary : Number(text)
  if (!(seconds > 0 && seconds < 1e6)) throw new Error(`${name} wants a number of seconds.`)
  return seconds * 1000
}
