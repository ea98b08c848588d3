import { actorOf, type KitNode } from './node.ts'
import { activity } from './directory.ts'
import { idsOf } from './checks.ts'
import { discover, type Found } from './origin-actor.ts'
import { checkHelp } from './origin-help.ts'
import { checkSet } from './origin-set.ts'
import { checkForgeries, expectSame404, protectedAddresses, unknownAnswer } from './origin-strangers.ts'
import { expectThat, Failure, Stop, until, type Run } from './run.ts'
import { term } from './wire.ts'

export type OriginOptions = {
  /** Scheme and host of the node that is checked. */
  readonly origin: string
  /** False where nobody changes anything for the kit. */
  readonly help: boolean
}

/** Checks a node that publishes listings, as a directory that asks to read them. Reports every check of the part `origin` once. */
export async function checkOrigin(run: Run, node: KitNode, options: OriginOptions): Promise<void> {
  try {
    const found = await discover(run, node, options.origin)
    await checkStrangers(run, node, found)
    const follow = await subscribe(run, node, found)
    await checkSet(run, node, found)
    await checkForgeries(run, node, found)
    if (options.help) await checkHelp(run, node, found)
    else run.skip(helpIds, 'nobody helps (--no-help)')
    await checkSigned(run, node, found)
    await leave(run, node, found, follow)
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof Failure)) throw error
    run.end(idsOf('origin'), error.message)
  }
}

const helpIds = [
  'origin.change',
  'origin.reissued',
  'origin.doorbell',
  'origin.doorbell-silent',
  'origin.withdrawal',
] as const

// Before anybody was asked to let us in.
async function checkStrangers(run: Run, node: KitNode, found: Found): Promise<void> {
  const unknown = await unknownAnswer(node, found)
  await run.check('origin.unsigned', async () => {
    for (const url of protectedAddresses(found))
      expectSame404(await node.get(url, { as: 'nobody' }), unknown, url, 'an unsigned request')
  })
  await run.check('origin.unapproved', async () => {
    for (const url of protectedAddresses(found))
      expectSame404(await node.get(url), unknown, url, 'a request by a directory that nobody let in')
  })
}

type Follow = Readonly<Record<string, unknown>> & { readonly id: string }

async function subscribe(run: Run, node: KitNode, { actor }: Found): Promise<Follow> {
  const follow = activity(node.at.directory, 'Follow', actor.id, actor.id)
  const { '@context': _context, ...asSent } = follow
  const answersSince = (from: number): readonly unknown[] =>
    node.received
      .slice(from)
      .map(({ activity }) => activity)
      .filter((answer) => isAnswer(answer, follow.id))
  const posted = await node.post(actor.inbox, follow)
  run.tell(
    `Now let ${new URL(node.origin).host} read the listings of ${new URL(actor.id).host}: its directory ${node.at.directory} asks, and the administrator approves.`,
  )
  const [first] =
    posted.status < 300 ? ((await until(run, run.pace.person, () => nonEmpty(answersSince(0)))) ?? []) : []
  const isAccepted = await run.check('origin.accept', () => {
    expectThat(posted.status < 300, `${posted.status} for the Follow`, '202')
    expectThat(first !== undefined, 'no answer to the Follow', 'an Accept')
    expectThat(term(first, 'type') === 'Accept', `a ${String(term(first, 'type'))}`, 'an Accept')
    expectThat(actorOf(first) === actor.id, `an Accept by ${String(actorOf(first))}`, actor.id)
  })
  if (!isAccepted || term(first, 'type') !== 'Accept') throw new Stop('the Follow was not accepted')
  await run.check('origin.accept-embeds', () => expectEmbedded(first, asSent))
  if (run.wants('origin.accept-again')) {
    const before = node.received.length
    await node.post(actor.inbox, { ...follow, id: `${follow.id}-again` })
    const again = await until(run, run.pace.minute, () =>
      nonEmpty(node.received.slice(before).filter(({ activity }) => isAnswer(activity, `${follow.id}-again`))),
    )
    await run.check('origin.accept-again', () => {
      expectThat(again !== undefined, 'no answer to a second Follow', 'an Accept again')
      expectThat(term(again[0]?.activity, 'type') === 'Accept', 'another answer', 'an Accept again')
    })
    return { ...follow, id: `${follow.id}-again` }
  }
  return follow
}

function isAnswer(activity: unknown, followId: string): boolean {
  const type = term(activity, 'type')
  const object = term(activity, 'object')
  return (type === 'Accept' || type === 'Reject') && (object === followId || term(object, 'id') === followId)
}

function nonEmpty<Value>(values: readonly Value[]): readonly Value[] | undefined {
  return values.length > 0 ? values : undefined
}

function expectEmbedded(answer: unknown, follow: Readonly<Record<string, unknown>>): void {
  const object = term(answer, 'object')
  for (const name of ['id', 'type', 'actor', 'object']) {
    const value = term(object, name)
    expectThat(value === follow[name], `${name} ${JSON.stringify(value)} in the embedded Follow`, String(follow[name]))
  }
}

async function checkSigned(run: Run, node: KitNode, { actor }: Found): Promise<void> {
  await run.check('origin.signed', () => {
    const theirs = node.received.filter(({ activity }) => actorOf(activity) === actor.id)
    expectThat(theirs.length > 0, 'no activity of the directory', 'at least an Accept')
    for (const { activity, verdict } of theirs) {
      const what = `a ${String(term(activity, 'type'))}`
      expectThat(!('fault' in verdict), `${what} that ${'fault' in verdict ? verdict.fault : ''}`, 'a signature')
      expectThat(verdict.actor === actor.id, `${what} signed by ${verdict.actor}`, actor.id)
    }
  })
}

async function leave(run: Run, node: KitNode, found: Found, follow: Follow): Promise<void> {
  const { actor } = found
  const { id, type, actor: who, object } = follow
  await node.post(actor.inbox, activity(node.at.directory, 'Undo', { id, type, actor: who, object }, actor.id))
  if (!run.wants('origin.undo')) return
  const unknown = await unknownAnswer(node, found)
  const isOver = await until(run, run.pace.minute, async () =>
    (await node.get(`${actor.statement}?have=0`)).status === 404 ? true : undefined,
  )
  await run.check('origin.undo', async () => {
    expectThat(isOver === true, 'a statement a minute after our Undo', '404')
    for (const url of protectedAddresses(found))
      expectSame404(await node.get(url), unknown, url, 'a request after our Undo')
  })
}
