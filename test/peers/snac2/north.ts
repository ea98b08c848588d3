import { spawn } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../../src/config.ts'
import { startEmbeddedPostgres } from '../../../src/database/embedded.ts'
import { startNode } from '../../../src/node.ts'
import type { TestNode } from '../../support/node.ts'

/** A Sideways node as people run it, in a process of its own, and what administers it beside. */
export type North = {
  /** The same node on the same database, without web and worker: for what the stage is set with. */
  readonly node: TestNode
  /** `npm run sideways -- …`; returns what it printed. */
  command(...words: readonly string[]): Promise<string>
  log(): string
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** Starts the node of `origin` on a port of loopback, with a PostgreSQL of its own below `folder`. */
export async function startNorth({
  folder,
  origin,
  port,
}: {
  readonly folder: string
  readonly origin: string
  readonly port: number
}): Promise<North> {
  const ends: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end().catch(() => undefined)
  }
  try {
    await chmod(folder, 0o755) // as root, PostgreSQL runs as another user
    const settings = { fsync: 'off', synchronous_commit: 'off' }
    const postgres = await startEmbeddedPostgres({ folder: join(folder, 'north'), settings })
    ends.push(() => postgres.stop())
    const environment = {
      PORT: String(port),
      DATABASE_URL: postgres.url,
      SIDEWAYS_ORIGIN: origin,
      SIDEWAYS_NAME: 'North Council',
      SIDEWAYS_DATA: join(folder, 'north'),
      SIDEWAYS_MAIL_DOMAINS: 'north.example',
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
      SIDEWAYS_LOG_LEVEL: 'info',
    }
    const words: string[] = []
    const served = sideways(environment, ['serve', '--json'])
    const gone = new Promise<void>((resolve) => served.once('exit', () => resolve()))
    ends.push(async () => {
      if (served.exitCode === null && served.signalCode === null) served.kill('SIGTERM')
      const late = setTimeout(() => served.kill('SIGKILL'), 15_000)
      await gone
      clearTimeout(late)
    })
    await new Promise<void>((resolve, reject) => {
      for (const stream of [served.stdout, served.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          words.push(text)
          if (text.includes('"event":"started"')) resolve()
        })
      void gone.then(() => reject(new Error(`the node did not start: ${words.join('').slice(-1000)}`)))
    })
    const config = { ...readConfig(environment), databaseUrl: postgres.url }
    const beside = await startNode({ config, roles: { web: false, worker: false }, print: () => undefined })
    ends.push(() => beside.stop())
    return {
      node: { ...beside, url: origin, mails: [], time: new Date() },
      command: async (...given) => {
        const child = sideways(environment, given)
        let said = ''
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => (said += text))
        await new Promise((resolve) => child.once('close', resolve))
        return said
      },
      log: () => words.join(''),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function sideways(environment: Readonly<Record<string, string>>, words: readonly string[]) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(SIDEWAYS_|PORT$|DATABASE_URL$|NODE_CHANNEL|HTTPS?_PROXY$)/i.test(name),
  )
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(own), ...environment },
  })
}
