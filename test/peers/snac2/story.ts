import { aResident, listed } from '../../support/resident.ts'
import { signIn, type SignedIn } from '../../support/sign-in.ts'
import { actorOf } from '../../support/followers.ts'
import { between } from './steps-messages.ts'
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

/** What snac2 is known not to do: `see` holds as long as that is so. */
export type Limit = { readonly limit: string; readonly see: (cast: Cast) => Promise<string | undefined> }

export type Result = { readonly name: string; readonly trouble?: string }

/** Goes through all steps in their order, a failed one included, and says each in one line. */
export async function tell(scene: Scene, say: (line: string) => void): Promise<readonly Result[]> {
  const cast = await moveIn(scene)
  const results: Result[] = []
  const { writeFileSync } = await import('node:fs')
  for (const step of [...following, ...between, ...leaving]) {
    const name = 'limit' in step ? step.limit : step.name
    const begun = performance.now()
    try {
      const detail = await ('limit' in step ? step.see(cast) : step.play(cast))
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      say(`${'limit' in step ? 'limit ' : 'ok    '} ${name}${detail === undefined ? '' : `: ${detail}`} (${seconds} s)`)
      results.push({ name })
    } catch (error) {
      const trouble = error instanceof Error ? error.message : String(error)
      say(`FAILED ${name}: ${trouble}`)
      results.push({ name, trouble })
    }
  }
  writeFileSync('/tmp/benpage.html', await scene.snac.page('ben'))
  return results
}

async function moveIn(scene: Scene): Promise<Cast> {
  const { node } = scene.north
  const who = await aResident(node)
  await listed(node, who, ['public', 'discovery'])
  const asha = await signIn(node, `${who.handle}@north.example`)
  const actor = await actorOf(node, who)
  return { ...scene, asha, actor, topic: `${node.url}/ap/topics/product-manager` }
}
