// The rules of docs/architecture.md, as one function from files to sentences. architecture.test.ts holds src/ to them,
// and holds them to a table of files that must be refused.
import { posix } from 'node:path'
import { importsOf, read, type Import, type Reading } from '../support/imports.ts'

/** A file's text by its path below src/, such as listing/pages.ts. */
export type Files = Readonly<Record<string, string>>

/** The areas in their one order: a file imports from its own area and earlier ones. */
export const areas: readonly string[] = [
  'accounts',
  'profile',
  'hours',
  'safety',
  'directory',
  'suggestions',
  'searches',
  'partners',
  'listing',
  'requests',
  'chats',
  'learning',
  'introductions',
  'bookings',
  'ops',
  'federation',
]

const ranks = { rules: 0, store: 1, views: 2, steps: 3, actions: 4, edge: 5 } as const
type Kind = keyof typeof ranks

// Plain names outside federation/ are rules, but for these.
const edges = /^(.+-)?(pages|api|jobs|passport|command|health)$|^(demo(-check)?|backup|restore)$/

// What stands under the areas, and which of it each may import; `web` also takes what areas keep open.
const ground: Readonly<Record<string, readonly string[]>> = {
  common: ['common'],
  config: ['common'],
  database: ['common', 'database'],
  app: ['common', 'config', 'database'],
  jobs: ['common', 'config', 'database', 'app', 'jobs'],
  web: ['common', 'config', 'database', 'app', 'jobs', 'web'],
}
const tops: readonly string[] = ['main', 'command-line', 'node']

type File = {
  readonly path: string
  readonly room: string
  readonly name: string
  readonly reading: Reading
  readonly imports: readonly (Import & { readonly target?: string })[]
}

/** Every breach of the rules in these files, each as a sentence, in the order of the paths. */
export function refusals(texts: Files): readonly string[] {
  const files = new Map(
    Object.keys(texts)
      .toSorted()
      .map((path) => [path, fileOf(path, texts[path] ?? '')]),
  )
  const house: House = { files, kinds: new Map() }
  const each = [...files.values()].flatMap((file) => [
    ...placeRefusals(file),
    ...importRefusals(house, file),
    ...toolRefusals(house, file),
  ])
  return [...new Set([...each, ...circles(files)])]
}

type House = { readonly files: ReadonlyMap<string, File>; readonly kinds: Map<string, Kind> }

function fileOf(path: string, text: string): File {
  const reading = read(text)
  const parts = path.split('/')
  const name = (parts.at(-1) ?? '').replace(/\.ts$/, '')
  const imports = importsOf(reading).map((one) =>
    one.from.startsWith('.') ? { ...one, target: posix.join(posix.dirname(path), one.from) } : one,
  )
  return { path, room: parts.length === 1 ? name : (parts[0] ?? ''), name, reading, imports }
}

function kindOf(house: House, file: File): Kind {
  const known = house.kinds.get(file.path)
  if (known) return known
  house.kinds.set(file.path, 'rules') // for a circle of imports, which is refused anyway
  const kind = judged(house, file)
  house.kinds.set(file.path, kind)
  return kind
}

function judged(house: House, file: File): Kind {
  if (file.room === 'web' || edges.test(file.name)) return 'edge'
  const suffix = file.name.split('-').at(-1)
  if (suffix === 'store' || suffix === 'views' || suffix === 'steps' || suffix === 'actions') return suffix
  // federation/ is all edge, but for what is as plain as rules are elsewhere.
  const isPlain =
    rulesRefusals(file).length === 0 &&
    file.imports.every((one) => one.typeOnly || one.target === undefined || isRules(house, one.target))
  return file.room === 'federation' && !isPlain ? 'edge' : 'rules'
}

function isRules(house: House, path: string): boolean {
  const file = house.files.get(path)
  return file !== undefined && (!areas.includes(file.room) || kindOf(house, file) === 'rules')
}

function placeRefusals(file: File): readonly string[] {
  const folders = file.path.split('/').slice(0, -1)
  if (folders.length > 1) return [`${file.path} lies deeper than one folder below src`]
  if (
    folders.length === 1
      ? areas.includes(file.room) || ['common', 'database', 'jobs', 'web'].includes(file.room)
      : ['config', 'app', ...tops].includes(file.room)
  )
    return []
  return [
    `${file.path} has no place: ${folders.length === 1 ? `${file.room}/ is neither an area nor under them` : 'files directly in src are main, command-line, node, app and config'}`,
  ]
}

function importRefusals(house: House, file: File): readonly string[] {
  return file.imports.flatMap((one) => {
    if (one.from === '') return [`${file.path} imports by a computed name, which nothing can check`]
    if (one.target === undefined || one.target.startsWith('../')) return []
    const target = house.files.get(one.target)
    if (!target) return [`${file.path} imports ${one.target}, which is not there`]
    const refusal = tops.includes(file.room)
      ? topRefusal(house, file, target)
      : areas.includes(file.room)
        ? areaRefusal(house, file, target, one)
        : groundRefusal(house, file, target, one)
    return refusal === undefined ? [] : [refusal]
  })
}

function mustNot(file: File, target: File, why: string): string {
  return `${file.path} must not import ${target.path}: ${why}`
}

function topRefusal(house: House, file: File, target: File): string | undefined {
  if (target.room === 'main' || (target.room === 'command-line' && file.room !== 'main'))
    return mustNot(file, target, 'the command line stands above everything')
  // node.ts knows every area, to the tables that it maps; the command line enters by the front doors.
  if (file.room !== 'node' && areas.includes(target.room) && kindOf(house, target) === 'store')
    return `${file.path} is edge and must not import ${target.path}, which is store`
  return undefined
}

function groundRefusal(house: House, file: File, target: File, one: Import): string | undefined {
  if (tops.includes(target.room)) return mustNot(file, target, 'only main.ts, command-line.ts and tests import it')
  const open = ground[file.room]
  if (!open) return undefined // has no place, which is said already
  if (file.room === 'app' && !one.typeOnly) return mustNot(file, target, 'app.ts is types only, so write "import type"')
  if (open.includes(target.room))
    return target.room === 'app' && !one.typeOnly
      ? mustNot(file, target, 'app.ts is types only, so write "import type"')
      : undefined
  if (file.room !== 'web' || !areas.includes(target.room))
    return mustNot(file, target, `${file.room} stands under ${target.room}`)
  return isOpen(kindOf(house, target))
    ? undefined
    : mustNot(file, target, `of ${target.room} only rules, views, steps and actions are open to others`)
}

function isOpen(kind: Kind): boolean {
  return kind !== 'store' && kind !== 'edge'
}

function areaRefusal(house: House, file: File, target: File, one: Import): string | undefined {
  if (tops.includes(target.room)) return mustNot(file, target, 'only main.ts, command-line.ts and tests import it')
  const kind = kindOf(house, file)
  if (target.room === 'app')
    return one.typeOnly ? undefined : mustNot(file, target, 'app.ts is types only, so write "import type"')
  if (target.room === 'web')
    return kind === 'edge' ? undefined : `${file.path} is ${kind} and must not import ${target.path}, which is edge`
  if (target.room === 'jobs') return jobsRefusal(file, kind, target, one)
  if (!areas.includes(target.room)) return undefined
  const other = kindOf(house, target)
  if (target.room !== file.room) {
    if (areas.indexOf(target.room) > areas.indexOf(file.room))
      return mustNot(file, target, `${file.room} comes before ${target.room} in the order of areas`)
    if (!isOpen(other))
      return mustNot(file, target, `of ${target.room} only rules, views, steps and actions are open to others`)
  }
  if (kind === 'edge' && other === 'store')
    return `${file.path} is edge and must not import ${target.path}, which is store`
  if (kind === 'actions' && other === 'actions' && !one.typeOnly)
    return mustNot(file, target, 'an action never calls another action')
  return ranks[other] > ranks[kind]
    ? `${file.path} is ${kind} and must not import ${target.path}, which is ${other}`
    : undefined
}

function jobsRefusal(file: File, kind: Kind, target: File, one: Import): string | undefined {
  if (one.typeOnly) return undefined
  const isEarly = target.name === 'queue' ? ranks[kind] < ranks.steps : ranks[kind] < ranks.edge
  return isEarly
    ? mustNot(
        file,
        target,
        target.name === 'queue' ? 'only steps, actions and edges queue jobs' : 'only edges run jobs',
      )
    : undefined
}

const modulesWithInput =
  /^(node:(fs|net|http|https|http2|dns|tls|child_process|worker_threads|os|process)(\/.*)?|express.*|typeorm|pg|graphile-worker|undici|nodemailer|passport.*|@fedify\/.*)$/
const filesWithInput = /^(database\/|jobs\/|web\/|common\/(outbound|mail|log|withdrawal-log|words)\.ts$)/
const chance: Readonly<Record<string, readonly string[]>> = {
  'common/clock.ts': ['systemClock'],
  'common/ids.ts': ['randomId', 'randomToken'],
  'node:crypto': ['randomBytes', 'randomInt', 'randomUUID', 'getRandomValues'],
}

// Rules are plain functions on plain data: no input or output, no clock, no chance.
function rulesRefusals(file: File): readonly string[] {
  const taken = file.imports
    .filter((one) => !one.typeOnly)
    .flatMap((one) => {
      const from = one.target ?? one.from
      const names = one.names.filter((name) => chance[from]?.includes(name))
      if (names.length > 0)
        return [
          `${file.path} is rules and must not import ${names.join(', ')} from ${from}: rules have neither clock nor chance`,
        ]
      if (from === 'node:net' && one.names.every((name) => name.startsWith('isIP'))) return []
      return modulesWithInput.test(from) || filesWithInput.test(from)
        ? [`${file.path} is rules and must not import ${from}: rules have no input or output`]
        : []
    })
  const called = [
    ...file.reading.code.matchAll(/(?<![\w$.])(Math\.random|crypto\.getRandomValues|crypto\.randomUUID)\s*\(/g),
  ]
  return [
    ...taken,
    ...called.map(
      (match) => `${file.path} is rules and must not call ${match[1]}: rules have neither clock nor chance`,
    ),
  ]
}

type Tool = {
  readonly name: string
  readonly place: string
  readonly isPlace: (file: File, kind: Kind) => boolean
  /** A module, and whether its types are free. */
  readonly module?: { readonly names: RegExp; readonly typesAt?: (file: File, kind: Kind) => boolean }
  /** Modules of which only some names are free; types always are. */
  readonly taken?: { readonly from: RegExp; readonly isFree: (name: string) => boolean }
  /** Found in the code, or with `inStrings` in the code and the strings. */
  readonly use?: RegExp
  readonly inStrings?: boolean
}

// What of Fedify asks other servers by itself.
const fetchers = new Set([
  '*',
  'default',
  'lookupWebFinger',
  'lookupObject',
  'getNodeInfo',
  'traverseCollection',
  'getActorHandle',
  'getDocumentLoader',
  'getAuthenticatedDocumentLoader',
  'fetchDocumentLoader',
  'kvCache',
  'doubleKnock',
])

const isActions = (kind: Kind): boolean => kind === 'actions'
const at =
  (...paths: readonly string[]) =>
  (file: File): boolean =>
    paths.includes(file.path)

/** Each tool in its place. */
const tools: readonly Tool[] = [
  {
    name: 'typeorm',
    place: 'store.ts and database/',
    module: { names: /^typeorm$/, typesAt: at('node.ts') },
    isPlace: (file, kind) => kind === 'store' || file.room === 'database',
  },
  {
    name: '@fedify',
    place: 'federation/',
    module: { names: /^@fedify\// },
    isPlace: (file) => file.room === 'federation',
  },
  {
    name: 'express',
    place: 'pages.ts, api.ts, web/ and federation/',
    module: { names: /^express$/, typesAt: (_file, kind) => kind === 'edge' },
    isPlace: (file) => file.room === 'web' || file.room === 'federation' || /(^|-)(pages|api)$/.test(file.name),
  },
  {
    name: 'undici',
    place: 'common/outbound.ts and common/outbound-proxy.ts',
    module: { names: /^undici$/ },
    isPlace: at('common/outbound.ts', 'common/outbound-proxy.ts'),
  },
  {
    name: 'a connection of its own',
    place: 'common/outbound.ts: there is one way out',
    use: /(?<![\w$])new\s+(WebSocket|EventSource|XMLHttpRequest)\b|(?<![\w$.])sendBeacon\s*\(/,
    isPlace: () => false,
  },
  {
    name: 'a look-up by Fedify',
    place: 'common/outbound.ts: there is one way out',
    use: /\.\s*(lookupObject|lookupWebFinger|lookupNodeInfo|traverseCollection|getActorHandle)\s*\(/,
    isPlace: () => false,
  },
  {
    name: 'node:net',
    place: 'common/outbound-*.ts and database/embedded-*.ts, but for isIP',
    taken: { from: /^node:(net|tls|dgram|dns|dns\/promises)$/, isFree: (name) => name.startsWith('isIP') },
    isPlace: (file) => file.path.startsWith('common/outbound') || file.path.startsWith('database/embedded'),
  },
  {
    name: 'a fetcher of Fedify',
    place: 'common/outbound.ts: there is one way out',
    taken: { from: /^@fedify\//, isFree: (name) => !fetchers.has(name) },
    isPlace: () => false,
  },
  {
    name: 'node:http',
    place: 'web/listen.ts, which listens',
    module: { names: /^node:(http|https|http2)$/ },
    isPlace: at('web/listen.ts'),
  },
  {
    name: 'fetch(',
    place: 'common/outbound.ts',
    use: /(?<![\w$.])(globalThis\s*\.\s*)?fetch\s*\(/,
    isPlace: at('common/outbound.ts'),
  },
  { name: 'process.env', place: 'main.ts', use: /(?<![\w$.])process\s*\.\s*env\b/, isPlace: at('main.ts') },
  { name: 'process.exit', place: 'main.ts', use: /(?<![\w$.])process\s*\.\s*exit(Code)?\b/, isPlace: at('main.ts') },
  { name: 'new Date(', place: 'common/clock.ts', use: /\bnew\s+Date\b/, isPlace: at('common/clock.ts') },
  // How old a file or a process of this machine is, database/embedded-*.ts asks the machine.
  {
    name: 'Date.now(',
    place: 'common/clock.ts',
    use: /(?<![\w$.])Date\s*\.\s*now\b/,
    isPlace: (file) => file.path === 'common/clock.ts' || file.path.startsWith('database/embedded-'),
  },
  {
    name: '.transaction(',
    place: 'actions.ts and database/',
    use: /\.\s*transaction\s*\(/,
    isPlace: (file, kind) => isActions(kind) || file.room === 'database',
  },
  {
    name: 'sendActivity(',
    place: 'federation/deliver.ts',
    use: /\bsendActivity\s*\(/,
    isPlace: at('federation/deliver.ts'),
  },
  { name: 'console', place: 'main.ts', use: /(?<![\w$.])console\s*\./, isPlace: at('main.ts') },
  {
    name: 'SQL that changes things',
    place: 'store.ts, database/ and jobs/',
    use: /['"`\s(](insert\s+into\s+\w|delete\s+from\s+\w|update\s+(only\s+)?[\w.]+\s+(as\s+\w+\s+|\w+\s+)?set\s|truncate\s+(table\s+)?\w+['"`;])/i,
    inStrings: true,
    isPlace: (file, kind) => kind === 'store' || file.room === 'database' || file.room === 'jobs',
  },
]

function toolRefusals(house: House, file: File): readonly string[] {
  const kind = kindOf(house, file)
  const found = tools
    .filter((tool) => !tool.isPlace(file, areas.includes(file.room) ? kind : 'edge'))
    .filter((tool) => {
      const { module, taken } = tool
      if (taken)
        return file.imports.some(
          (one) => !one.typeOnly && taken.from.test(one.from) && one.names.some((name) => !taken.isFree(name)),
        )
      if (module)
        return file.imports.some(
          (one) => module.names.test(one.from) && !(one.typeOnly && (module.typesAt?.(file, kind) ?? false)),
        )
      return tool.use?.test(tool.inStrings ? file.reading.strings : file.reading.code) ?? false
    })
    .map((tool) => `${file.path} uses ${tool.name}, which has its place in ${tool.place}`)
  return kind === 'rules' && areas.includes(file.room) ? [...found, ...rulesRefusals(file)] : found
}

// Each circle of imports that run, once, from its first path on.
function circles(files: ReadonlyMap<string, File>): readonly string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) {
      found.push(`${[...trail.slice(start), path].join(' → ')} is a circle of imports`)
      return
    }
    if (done.has(path)) return
    for (const one of files.get(path)?.imports ?? [])
      if (!one.typeOnly && one.target !== undefined) visit(one.target, [...trail, path])
    done.add(path)
  }
  for (const path of files.keys()) visit(path, [])
  return found
}
