// Runs in the place of its own (../place.ts): sets both servers up, goes through the story, and ends everything.
import type { Place } from '../place.ts'
import { startNorth } from './north.ts'
import type { Snac2Package } from './package.ts'
import { startSnac } from './snac.ts'
import { tell, type Scene } from './story.ts'
import { freePort } from './waiting.ts'
import { lineOf, shut, tlsInFrontOf, type Exchange } from './wire.ts'

type Plan = { readonly folder: string; readonly snac2: Snac2Package; readonly place: Place; readonly verbose: boolean }

const ends: (() => Promise<unknown>)[] = []
let ending: Promise<void> | undefined

function endAll(): Promise<void> {
  ending ??= (async () => {
    for (const end of ends.toReversed()) await end().catch(() => undefined)
  })()
  return ending
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void endAll().then(() => process.exit(130)))
process.once('disconnect', () => void endAll().then(() => process.exit(130)))
// `as`: ../main.ts wrote it.
let failed = 1
try {
  failed = await play(JSON.parse(process.argv[2] ?? '') as Plan)
} finally {
  await endAll()
}
process.exit(failed === 0 ? 0 : 1)

async function play({ folder, snac2, place, verbose }: Plan): Promise<number> {
  const heard: Exchange[] = []
  const [northPort, snacPort] = [await freePort(), await freePort()]
  for (const [name, port] of [
    ['north.test', northPort],
    ['snac.test', snacPort],
  ] as const) {
    const proxy = await tlsInFrontOf(place, name, port, heard)
    ends.push(() => shut(proxy))
  }
  const north = await startNorth({ folder, origin: 'https://north.test', port: northPort })
  ends.push(() => north.stop())
  const snac = await startSnac(snac2.command, {
    folder,
    host: 'snac.test',
    port: snacPort,
    users: ['ben', 'cleo', 'dora'],
  })
  ends.push(() => snac.stop())
  process.stdout.write(`snac2 ${snac2.version} at https://snac.test, Sideways at https://north.test\n\n`)
  const scene: Scene = { north, snac, heard }
  const results = await tell(scene, (line) => process.stdout.write(`${line}\n`))
  const failures = results.filter(({ trouble }) => trouble !== undefined)
  if (failures.length > 0 && verbose)
    process.stdout.write(
      `\n${heard
        .filter(({ path }) => !path.startsWith('/me'))
        .map(lineOf)
        .join('\n')}\n\nsnac2:\n${snac.log()}\n\nSideways:\n${north.log()}\n`,
    )
  const held = results.length - failures.length
  process.stdout.write(`\n${held} of ${results.length} steps held with snac2 ${snac2.version}.\n`)
  return failures.length
}
