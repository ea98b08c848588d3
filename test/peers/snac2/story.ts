import { aResident, listed } from '../../support/resident.ts'
import { signIn, type SignedIn } from '../../support/sign-in.ts'
import { actorOf } from '../../support/followers.ts'
import { between } from './steps-messages.ts'
import { changing } from './steps-changing.ts'
import { following } from './steps-following.ts'
import { leaving } from './steps-leaving.ts'
import type { North } from './north.ts'
import type { Snac } from './snac.ts'
import type { Exchange } from './wire.ts'

export type Scene = { readonly north: North; readonly snac: Snac; readonly heard: readonly Exchange[] }

/** Who is on the stage: Asha on the node, in public scope and signed in; ben, cleo and dora are snac2's users. */
export type Cast = Scene & {
  readonly asha: SignedIn
  /** The address of her actor. */
  readonly actor: string
  readonly topic: string
}

/** One thing that people do. What it returns is printed beside it. */
export type Step = { readonly name: string; readonly play: (cast: Cast) => Promise<string | undefined> }

/** What snac2 is known not to do; `see` says whether that is still so. Neither answer is a failure. */
export type Limit = { readonly limit: string; readonly see: (cast: Cast) => Promise<boolean> }

export type Result = { readonly name: string; readonly trouble?: string }

/** Goes through all steps in their order, a failed one included, and says each in one line. */
export async function tell(scene: Scene, say: (line: string) => void): Promise<readonly Result[]> {
  const cast = await moveIn(scene)
  const results: Result[] = []
  for (const step of [...following, ...between, ...changing, ...leaving]) {
    const name = 'limit' in step ? step.limit : step.name
    const begun = performance.now()
    try {
      const [mark, detail] = await played(step, cast)
      say(`${mark} ${name}${detail} (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
      results.push({ name })
    } catch (error) {
      const trouble = error instanceof Error ? error.message : String(error)
      say(`FAILED ${name}: ${trouble}`)
      results.push({ name, trouble })
    }
  }
  return results
}

async function played(step: Step | Limit, cast: Cast): Promise<readonly [mark: string, detail: string]> {
  if ('limit' in step) return (await step.see(cast)) ? ['limit ', ''] : ['ok    ', ': not so in this version']
  const detail = await step.play(cast)
  return ['ok    ', detail === undefined ? '' : `: ${detail}`]
}

async function moveIn(scene: Scene): Promise<Cast> {
  const { node } = scene.north
  const who = await aResident(node)
  await listed(node, who, ['public', 'discovery'])
  const asha = await signIn(node, `${who.handle}@north.example`)
  const actor = await actorOf(node, who)
  return { ...scene, asha, actor, topic: `${node.url}/ap/topics/product-manager` }
}
