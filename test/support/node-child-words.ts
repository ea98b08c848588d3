import type { StatementFields } from './node-child-deeds.ts'

/** What a node in a process of its own is started with; the same again is the same node again. */
export type NodeSettings = {
  readonly databaseUrl: string
  readonly port: number
  readonly origin: string
  readonly name: string
  readonly time: Date
  /** A folder for what the node keeps outside its database. */
  readonly folder: string
  /** Other settings by their environment names. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Where a process kills itself with SIGKILL: at the n-th request of that kind whose path and query fit. */
export type FaultPoint = {
  /** `asking`: before we send it; `answered`: we have its whole answer; `serving`: it came to us; `writing`: SQL that fits is run. */
  readonly when: 'asking' | 'answered' | 'serving' | 'writing'
  /** A regular expression. */
  readonly path: string
  /** 1 is the next one. */
  readonly nth: number
  /** At once; before or after the next COMMIT of anything; or when half of our answer is on its way (serving only). */
  readonly dies: 'now' | 'before-commit' | 'after-commit' | 'half-answer'
}

/** How doorbells fare that this node rings: `hold` keeps them until they are let go. */
export type Doorbells = 'pass' | 'lose' | 'twice' | 'hold'

/** What somebody does on a node, by the product's own actions; `person` is her handle. */
export type Deed =
  | { readonly deed: 'join'; readonly person: string; readonly introduction: string }
  | { readonly deed: 'say'; readonly person: string; readonly introduction: string }
  | { readonly deed: 'publish' | 'withdraw' | 'open' | 'close'; readonly person: string }
  | { readonly deed: 'hide'; readonly person: string; readonly hosts: readonly string[] }
  | { readonly deed: 'ask'; readonly person: string; readonly whom: string; readonly from: Date }
  | { readonly deed: 'say-yes' | 'move'; readonly person: string; readonly from: Date }
  | { readonly deed: 'call-off'; readonly person: string }
  | { readonly deed: 'follow' | 'approve' | 'leave' | 'reject'; readonly host: string }

/** What somebody decided, as her own node has it. */
export type OwnPerson = {
  readonly handle: string
  readonly introduction: string
  readonly isListed: boolean
  readonly isOpen: boolean
  readonly hiddenFrom: readonly string[]
}

/** How the reading of one origin stands. */
export type OriginState = {
  readonly host: string
  readonly validUntil: Date
  readonly hidden: boolean
  readonly trouble: string | null
  readonly cursor: number
  readonly epoch: string | null
  readonly failures: number
  readonly lastContact: Date | null
  /** Over what is held, whatever the row of the origin says. */
  readonly root: string
  readonly copies: number
  /** Rows of the search index, which hold what people wrote. */
  readonly entries: number
}

/** What a node can be told, and what it answers. */
export type Orders = {
  start: { readonly input: NodeSettings; readonly output: void }
  stop: { readonly input: undefined; readonly output: void }
  /** Moves the clock, and nothing else. */
  time: { readonly input: Date; readonly output: void }
  /** Does what the timetable has for the time that passed, then every job that is due. */
  settle: {
    readonly input: undefined
    readonly output: { readonly worked: boolean; readonly failed: readonly string[] }
  }
  act: { readonly input: Deed; readonly output: void }
  /** Hosts that cannot be reached from here. */
  refuse: { readonly input: readonly string[]; readonly output: void }
  doorbells: { readonly input: Doorbells; readonly output: void }
  /** Sends the doorbells that were held; how many. */
  letGo: { readonly input: 'as-rung' | 'reversed'; readonly output: number }
  dieAt: { readonly input: FaultPoint | undefined; readonly output: void }
  /** A sign-in link for somebody, whose account is made. */
  link: { readonly input: string; readonly output: string }
  people: { readonly input: undefined; readonly output: readonly OwnPerson[] }
  origins: { readonly input: undefined; readonly output: readonly OriginState[] }
  /** The statement of another node as it is given to this one, and verified. */
  statement: { readonly input: string; readonly output: StatementFields }
  sql: { readonly input: string; readonly output: readonly Readonly<Record<string, unknown>>[] }
}

export type Order = keyof Orders
export type Told = { readonly number: number; readonly order: Order; readonly input: unknown }
export type Answered = { readonly number: number } & ({ readonly output: unknown } | { readonly error: string })
