import { consoleLink, firstAdministratorLink } from './accounts/actions.ts'
import { systemClock } from './common/clock.ts'
import { startLogging } from './common/log.ts'
import { InvalidInput, Refusal } from './common/errors.ts'
import { loadWords } from './common/words.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { BackupError } from './database/backup-error.ts'
import { EmbeddedPostgresError } from './database/embedded-error.ts'
import { startEmbeddedPostgres } from './database/embedded.ts'
import { DatabaseError, migrate } from './database/migrate.ts'
import { searchFromCommandLine } from './directory/command.ts'
import { allowListTools } from './federation/allow-lists.ts'
import { deliveriesFromCommandLine } from './federation/delivery-command.ts'
import { keysFromCommandLine, type WhoseKeys } from './federation/key-command.ts'
import { moveFromCommandLine } from './federation/move-command.ts'
import { lookUpPartner } from './federation/partner-lookup.ts'
import { partnerTools } from './federation/partner-tools.ts'
import { migrateQueue } from './jobs/worker.ts'
import { startNode, type NodeRoles, type RunningNode } from './node.ts'
import { backupFromCommandLine, restoreFromCommandLine, type BackupAnswer } from './ops/backup-command.ts'
import { runDemo } from './ops/demo.ts'
import { allowListsFromCommandLine, signFromFiles } from './partners/allow-list-command.ts'
import { partnersFromCommandLine } from './partners/command.ts'
import { trustKeyFromCommandLine } from './partners/key-command.ts'
import { sentence } from './web/form.ts'
import { StartError } from './web/start-error.ts'

/** What a command gets from the process: it reads nothing else and never exits by itself. */
export type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly json: boolean
  /** Settles when the process is asked to stop. */
  readonly stop: Promise<void>
  readonly say: (text: string) => void
  readonly warn: (text: string) => void
}

export type Command = {
  readonly name: string
  readonly use: string
  readonly summary: string
  readonly help: string
  /** Returns the exit code (sysexits.h): 0 done, 1 refused, 64 wrong use, 69 something is unavailable, 78 settings. */
  readonly run: (around: Surroundings) => Promise<number>
}

export const commands: readonly Command[] = [
  {
    name: 'serve',
    use: 'serve',
    summary: 'run the node: web pages and jobs in one process',
    help: 'Runs until Ctrl-C. Without DATABASE_URL it starts an embedded PostgreSQL, which is for trying out.',
    run: (around) => runNode(around, { web: true, worker: true }),
  },
  {
    name: 'web',
    use: 'web',
    summary: 'run the web pages and the inbox only',
    help: 'For several processes on one database: one or more "web" and one or more "worker".',
    run: (around) => runNode(around, { web: true, worker: false }),
  },
  {
    name: 'worker',
    use: 'worker',
    summary: 'run the jobs only',
    help: 'Delivers, polls partner nodes, sends mails, lets flags lapse. Several may run at once.',
    run: (around) => runNode(around, { web: false, worker: true }),
  },
  {
    name: 'migrate',
    use: 'migrate [--json]',
    summary: 'bring the database up to this version, and nothing else',
    help: 'Every start does the same. Use this before a start that must not wait.',
    run: (around) => guarded(around, runMigrate),
  },
  {
    name: 'backup',
    use: 'backup <file> [--json]',
    summary: 'write everything that the node must not lose into one file',
    help: 'Works while the node runs, and needs no tools of PostgreSQL. The file holds the keys and secrets of the node and is readable by you alone; one of that name is replaced. docs/running.md says how often, and for how long to keep it.',
    run: (around) => withFile(around, 'backup <file>', backupFromCommandLine),
  },
  {
    name: 'restore',
    use: 'restore <file> [--log-lost] [--json]',
    summary: 'fill an empty database from a backup',
    help: 'All of it, or nothing. Refuses a database that has tables, and a file that was cut off or changed. The next start takes back what people took back after the backup, as the log of withdrawals says, and refuses a log that is new. --log-lost says that there is no other: then whoever withdrew after the backup is listed again, so ask your people to look.',
    run: (around) =>
      withFile(around, 'restore <file> [--log-lost]', (databaseUrl, file) =>
        restoreFromCommandLine(databaseUrl, file, around.options['log-lost'] === true),
      ),
  },
  {
    name: 'admin',
    use: 'admin link <mail> [--administrator] [--json]',
    summary: 'make a sign-in link for somebody who has lost mail or access',
    help: 'Prints a one-time link that signs in the account with that address. With --administrator an unknown address becomes an administrator.',
    run: (around) => withNode(around, admin),
  },
  {
    name: 'partners',
    use: 'partners list | follow <host> | approve <host> | reject <host> | leave <host> | trust-key <host> <fingerprint> [--json]',
    summary: 'partner nodes: who reads our listings, and whose we read',
    help: 'follow asks another node for its listings and prints its key fingerprint: compare it by phone. approve and reject answer a node that asks for ours. leave ends both ways and erases copies. trust-key pins the key that a node shows instead of the one that you compared: give the fingerprint as they read it out to you.',
    run: (around) => withNode(around, partners),
  },
  {
    name: 'allow-lists',
    use: 'allow-lists list | add <url> | refresh | remove <url> | sign <file.json> --key <keyfile> [--json]',
    summary: 'lists of nodes that a body you trust signs',
    help: 'add follows a list and prints the key fingerprint of the body that keeps it: compare it by phone. A list proposes nodes; you approve each. sign is for those who keep a list: it makes the key on first use, and writes the signed list to standard output. The draft has "id" (where the list will be), "name", "steward" and "items", each with "directory", "organisation" and, if you know them, "country" and "key".',
    run: (around) => (around.words[0] === 'sign' ? guarded(around, signList) : withNode(around, followLists)),
  },
  {
    name: 'keys',
    use: 'keys show | rotate [--person handle | --all-people | --node] | replace-stolen [--json]',
    summary: "the keys of this node's directory, by which partner nodes know it, of its people, and its own",
    help: 'rotate makes new keys that the old ones vouch for: partner nodes follow by themselves. With --person, --all-people or --node it does so for one person, everybody or the node itself: their servers are told by a message that the old key signs, and the new one is used when they all have it, or after 48 hours. replace-stolen makes new keys for every actor of this node and lets nothing vouch for them: call every partner node and compare the fingerprint.',
    run: (around) => withNode(around, keys),
  },
  {
    name: 'deliveries',
    use: 'deliveries [retry <host> | give-up <host>] [--json]',
    summary: 'what other servers did not take yet: hosts and counts',
    help: 'Whatever waits goes out by itself, with longer and longer pauses while a server does not answer. retry tries at once what waits for a host, and what failed there within 30 days; give-up ends what waits for it. A host is a name, with its port if it has one.',
    run: (around) => withNode(around, deliveries),
  },
  {
    name: 'move',
    use: 'move <new origin> | --undo [--json]',
    summary: 'tell partner nodes that this node moves to a new address',
    help: 'The new node must run, with SIDEWAYS_FORMER_ORIGINS naming this one. Listings do not move: people are listed anew there. Keep this node running for 24 months, so that others find the way. --undo takes it back.',
    run: (around) => withNode(around, move),
  },
  {
    name: 'search',
    use: 'search [words] [--role id] [--sector id] [--country GB] [--language en] [--shares id] [--wants id] [--only-one] [--open] [--limit 20] [--json]',
    summary: 'search the directory as a signed-in person would',
    help: 'Ids are those of /vocabularies. Options may be given more than once.',
    run: (around) =>
      withNode(around, async (node, { words, options, json, say }) => {
        const found = await searchFromCommandLine(node.app, { words, options })
        say(json ? JSON.stringify(found) : found.cards.map((card) => card.line).join('\n') || 'Nobody was found.')
        return 0
      }),
  },
  {
    name: 'demo',
    use: 'demo [--check] [--json]',
    summary: 'start three nodes with invented people on this machine',
    help: 'A council, a charity in another country and a college, as partner nodes. With --check it does the main job by itself (publish, find, open, close, withdraw, gone), prints each step with its time, and exits 0 or 1.',
    run: (around) =>
      guarded(around, (inner) =>
        runDemo({ ...inner, check: inner.options['check'] === true, start: startNode, lookUp: lookUpPartner }),
      ),
  },
]

/** Runs `work` and turns every expected trouble into a sentence and an exit code. */
async function guarded(around: Surroundings, work: (around: Surroundings) => Promise<number>): Promise<number> {
  try {
    return await work(around)
  } catch (error) {
    if (error instanceof ConfigError)
      return complain(
        around,
        78,
        'settings',
        `The settings are not right:\n${error.faults.map((fault) => `- ${fault}`).join('\n')}`,
      )
    if (error instanceof EmbeddedPostgresError || error instanceof DatabaseError || error instanceof StartError)
      return complain(around, 69, error.code, error.message)
    if (error instanceof BackupError) return complain(around, error.code === 'file' ? 69 : 1, error.code, error.message)
    if (error instanceof Refusal) {
      const t = (await loadWords(false)).in('en')
      return complain(
        around,
        1,
        error.code,
        `${t(`errors:codes.${error.code}`, error.detail)}. ${t(`errors:next.${error.code}`, error.detail)}`,
      )
    }
    if (error instanceof InvalidInput) {
      const words = await loadWords(false)
      return complain(
        around,
        64,
        'invalid-input',
        error.problems.map((problem) => sentence(problem, words, words.in('en'))).join('\n'),
      )
    }
    throw error
  }
}

function complain(around: Surroundings, exit: number, code: string, text: string): number {
  around.warn(around.json ? JSON.stringify({ error: code, message: text }) : text)
  return exit
}

type OpenedDatabase = {
  readonly config: Config & { readonly databaseUrl: string }
  readonly embedded: boolean
  close(): Promise<void>
}

async function openDatabaseFor(
  around: Surroundings,
  log: (line: string) => void = () => undefined,
): Promise<OpenedDatabase> {
  const config = readConfig(around.environment)
  await startLogging(config.logLevel)
  if (config.databaseUrl !== undefined)
    return { config: { ...config, databaseUrl: config.databaseUrl }, embedded: false, close: async () => undefined }
  const embedded = await startEmbeddedPostgres({ folder: config.data, log })
  return { config: { ...config, databaseUrl: embedded.url }, embedded: true, close: () => embedded.stop() }
}

async function runNode(around: Surroundings, roles: NodeRoles): Promise<number> {
  return guarded(around, async () => {
    const database = await openDatabaseFor(around, around.warn)
    try {
      const node = await startNode({ config: database.config, roles, print: around.say })
      try {
        const link = roles.web ? (await firstAdministratorLink(node.app, node.app.config.origin))?.url : undefined
        announce(around, node, database.embedded, link)
        await around.stop
        if (!around.json) around.say('Stopping …')
      } finally {
        await node.stop()
      }
    } finally {
      await database.close()
    }
    return 0
  })
}

function announce({ json, say }: Surroundings, node: RunningNode, embedded: boolean, link: string | undefined): void {
  if (json)
    return say(
      JSON.stringify({
        event: 'started',
        url: node.url,
        embeddedDatabase: embedded,
        ...(link === undefined ? {} : { administratorLink: link }),
      }),
    )
  say('')
  say(node.url === undefined ? 'The Sideways worker runs.' : `Sideways runs at ${node.url}`)
  if (link !== undefined)
    say(`\nNobody is an administrator yet. This link signs in the first one; it works once, for 24 hours:\n  ${link}`)
  if (embedded) {
    say('\nThe database is an embedded PostgreSQL in the data folder. It is for trying out: it has no backups and no')
    say(
      'upgrades. For real use give a PostgreSQL 15 or later: DATABASE_URL=postgres://user:password@host:5432/sideways npm start',
    )
  }
  if (node.url !== undefined && node.app.config.smtpUrl === undefined)
    say('\nNo mail server is set (SIDEWAYS_SMTP_URL): mails are printed here.')
  say('\nCtrl-C stops it.')
}

async function runMigrate(around: Surroundings): Promise<number> {
  const database = await openDatabaseFor(around)
  try {
    const steps = await migrate(database.config.databaseUrl, migrateQueue)
    around.say(
      around.json
        ? JSON.stringify({ steps })
        : steps.length === 0
          ? 'The database is up to date.'
          : `Done: ${steps.join(', ')}.`,
    )
    return 0
  } finally {
    await database.close()
  }
}

/** Runs a command on the database and one file. */
function withFile(
  around: Surroundings,
  use: string,
  work: (databaseUrl: string, file: string) => Promise<BackupAnswer>,
): Promise<number> {
  return guarded(around, async () => {
    const [file, ...more] = around.words
    if (file === undefined || more.length > 0) {
      around.warn(`Use: ${use}`)
      return 64
    }
    const database = await openDatabaseFor(around)
    try {
      const { facts, text } = await work(database.config.databaseUrl, file)
      around.say(around.json ? JSON.stringify(facts) : text)
      return 0
    } finally {
      await database.close()
    }
  })
}

/** Runs a command inside a node that serves nobody and does the jobs that the command queued. */
function withNode(
  around: Surroundings,
  work: (node: RunningNode, around: Surroundings) => Promise<number>,
): Promise<number> {
  return guarded(around, async () => {
    const database = await openDatabaseFor(around)
    try {
      const node = await startNode({ config: database.config, roles: { web: false, worker: false }, print: around.say })
      try {
        return await work(node, around)
      } finally {
        await node.stop()
      }
    } finally {
      await database.close()
    }
  })
}

async function admin(node: RunningNode, { words, options, json, say, warn }: Surroundings): Promise<number> {
  const [verb, mail] = words
  if (verb !== 'link' || mail === undefined) {
    warn('Use: admin link <mail> [--administrator]')
    return 64
  }
  const link = await consoleLink(node.app, node.app.config.origin, {
    mail,
    makeAdministrator: options['administrator'] === true,
  })
  say(json ? JSON.stringify({ link }) : `This link signs in ${mail}. It works once, for 30 minutes:\n  ${link}`)
  return 0
}

async function followLists(node: RunningNode, { words, json, say, warn }: Surroundings): Promise<number> {
  const [verb = 'list', url] = words
  const result = await allowListsFromCommandLine(node.app, { verb, url, ...allowListTools })
  if (result === undefined) {
    warn('Use: allow-lists list | add <url> | refresh | remove <url> | sign <file.json> --key <keyfile>')
    return 64
  }
  say(json ? JSON.stringify(result.lists) : result.text)
  return 0
}

// Needs no node: whoever keeps a list need not run one.
async function signList({ words, options, say, warn }: Surroundings): Promise<number> {
  const [, draft] = words
  const key = options['key']
  if (draft === undefined || typeof key !== 'string') {
    warn('Use: allow-lists sign <file.json> --key <keyfile>')
    return 64
  }
  const { list, fingerprint, madeKey } = await signFromFiles(draft, key, systemClock())
  if (madeKey) warn(`A new key is in ${key}. Keep it safe and keep a copy: every list must be signed with it.`)
  warn(`Key fingerprint, for others to compare: ${fingerprint}`)
  say(JSON.stringify(list, undefined, 2))
  return 0
}

function whoseKeys(options: Surroundings['options']): readonly WhoseKeys[] {
  const { person } = options
  return [
    ...(typeof person === 'string' ? [{ handle: person }] : []),
    ...(options['all-people'] === true ? (['people'] as const) : []),
    ...(options['node'] === true ? (['node'] as const) : []),
  ]
}

async function keys(node: RunningNode, { words, options, json, say, warn }: Surroundings): Promise<number> {
  const [verb = 'show'] = words
  const result = await keysFromCommandLine(node.app, { verb, whose: whoseKeys(options), settle: () => node.settle() })
  if (result === undefined) {
    warn('Use: keys show | rotate [--person handle | --all-people | --node] | replace-stolen')
    return 64
  }
  if (verb !== 'show') await node.settle()
  say(json ? JSON.stringify(result.keys) : result.text)
  return 0
}

async function deliveries(node: RunningNode, { words, json, say, warn }: Surroundings): Promise<number> {
  const result = await deliveriesFromCommandLine(node.app, words)
  if (result === undefined) {
    warn('Use: deliveries [retry <host> | give-up <host>]')
    return 64
  }
  say(json ? JSON.stringify(result.shown) : result.text)
  return 0
}

async function move(node: RunningNode, { words, options, json, say, warn }: Surroundings): Promise<number> {
  const result = await moveFromCommandLine(node.app, { to: words[0], undo: options['undo'] === true })
  if (result === undefined) {
    warn('Use: move <new origin> | --undo')
    return 64
  }
  await node.settle()
  say(json ? JSON.stringify(result.move) : result.text)
  return 0
}

async function partners(node: RunningNode, { words, json, say, warn }: Surroundings): Promise<number> {
  const [verb = 'list', host, ...typed] = words
  if (verb === 'trust-key') {
    const trusted = await trustKeyFromCommandLine(node.app, { host, typed })
    if (!trusted) {
      warn('Use: partners trust-key <host> <fingerprint>')
      return 64
    }
    await node.settle()
    say(json ? JSON.stringify(trusted) : `The new key of ${trusted.host} is trusted: ${trusted.fingerprint}`)
    return 0
  }
  const result = await partnersFromCommandLine(node.app, { verb, host, ...partnerTools })
  if (result === undefined) {
    warn('Use: partners list | follow <host> | approve <host> | reject <host> | leave <host>')
    return 64
  }
  await node.settle()
  say(json ? JSON.stringify(result.partners) : result.text)
  return 0
}
