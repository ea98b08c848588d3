import { readFileSync } from 'node:fs'

/** The world as `npm run map` drew it: a path of all land in a box of `width` by `height`, and where each country is. */
export type World = {
  readonly width: number
  readonly height: number
  readonly land: string
  /** By ISO 3166-1 alpha-2 code; the smallest territories have none. */
  readonly places: Readonly<Record<string, readonly [x: number, y: number]>>
}

/** Read once. */
export function world(): World {
  drawn ??= JSON.parse(readFileSync(new URL('world.json', import.meta.url), 'utf8')) as World // our own file
  return drawn
}
let drawn: World | undefined
