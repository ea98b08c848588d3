import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './waiting.ts'

export type Json = { readonly [name: string]: unknown }

/** A running snac2: its command line, its files and its pages. */
export type Snac = {
  readonly host: string
  /** Runs `snac <verb> <its folder> …` and returns what it printed, errors included. */
  command(verb: string, ...words: readonly string[]): Promise<string>
  actor(user: string): string
  /** What a user's private page shows her, as HTML. */
  page(user: string): Promise<string>
  /** Presses a button of that page: the fields of the form. Returns the status. */
  press(user: string, form: string, fields: Readonly<Record<string, string>>): Promise<number>
  /** The objects in a user's timeline. */
  timeline(user: string): Promise<readonly Json[]>
  /** What it keeps of an object or an actor, by id. */
  kept(id: string): Promise<Json | undefined>
  /** The message that it keeps about somebody whom a user follows: the Follow, and the Accept once that came. */
  following(user: string, actor: string): Promise<Json | undefined>
  log(): string
  stop(): Promise<void>
}

/** Sets snac2 up below `folder` with these users, and starts it on a port of loopback. */
export async function startSnac(
  program: readonly string[],
  {
    folder,
    host,
    port,
    users,
  }: { readonly folder: string; readonly host: string; readonly port: number; readonly users: readonly string[] },
): Promise<Snac> {
  const base = join(folder, 'snac')
  const [loader = '', ...rest] = program
  const once = (words: readonly string[], input = ''): string => {
    const { stdout, stderr, error } = spawnSync(loader, [...rest, ...words], {
      encoding: 'utf8',
      input,
      timeout: 60_000,
    })
    if (error) throw error
    return `${stdout}${stderr}`
  }
  once(['init', base], `127.0.0.1\n${port}\n${host}\n\n\n`)
  const settings = join(base, 'server.json')
  // Its sandbox would not let it read the libraries beside it.
  await writeFile(settings, JSON.stringify({ ...(await json(settings)), disable_sandbox: true, dbglevel: 1 }))
  const passwords = new Map<string, string>()
  for (const user of users) passwords.set(user, /password is (\S+)/.exec(once(['adduser', base, user]))?.[1] ?? '')
  const words: string[] = []
  const server = spawn(loader, [...rest, 'httpd', base], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => words.push(text))
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const as = (user: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${passwords.get(user)}`).toString('base64')}`,
  })
  const snac: Snac = {
    host,
    command: async (verb, ...given) => {
      const child = spawn(loader, [...rest, verb, base, ...given], {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text))
      await new Promise((resolve) => child.once('close', resolve))
      return said
    },
    actor: (user) => `https://${host}/${user}`,
    page: async (user) => (await fetch(`https://${host}/${user}/admin`, { headers: as(user) })).text(),
    press: async (user, form, fields) => {
      const body = new FormData()
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      const answer = await fetch(`https://${host}/${user}/admin/${form}`, {
        method: 'POST',
        headers: as(user),
        body,
        redirect: 'manual',
      })
      return answer.status
    },
    timeline: async (user) => {
      const files = await readdir(join(base, 'user', user, 'private'))
      const all = await Promise.all(
        files
          .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
          .map((name) => json(join(base, 'user', user, 'private', name))),
      )
      return all.filter((one) => one !== undefined)
    },
    kept: (id) => json(join(base, 'object', md5(id).slice(0, 2), `${md5(id)}.json`)),
    following: (user, actor) => json(join(base, 'user', user, 'following', `${md5(actor)}.json`)),
    log: () => words.join(''),
    async stop() {
      if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM')
      const late = setTimeout(() => server.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(late)
    },
  }
  try {
    await until('snac2 answers', async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok, 20)
  } catch (error) {
    await snac.stop()
    throw new Error(`snac2 did not start: ${snac.log().slice(-500)}`, { cause: error })
  }
  return snac
}

// snac2 names a file after the MD5 of an id.
function md5(id: string): string {
  return createHash('md5').update(id).digest('hex')
}

async function json(file: string): Promise<Json | undefined> {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Json // snac2 writes objects
  } catch {
    return undefined // it is being written, or was deleted just now
  }
}
