// Draws the world for the map of the directory. `npm run map`; the result is committed, so a node needs no geometry.
// Land and countries: Natural Earth (public domain), as world-atlas packs it.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { geoArea, geoCentroid, geoEqualEarth, geoPath, type GeoPermissibleObjects } from 'd3-geo'
import countryCodes from 'i18n-iso-countries'
import { feature } from 'topojson-client'

type Atlas = Parameters<typeof feature>[0]
type Shape = { readonly type: string; readonly id?: string | number; readonly geometry: Geometry }
type Geometry = { readonly type: 'Polygon' | 'MultiPolygon'; readonly coordinates: readonly unknown[] }

const world = new URL('../src/common/world.json', import.meta.url)
const width = 960
// Without Antarctica, where nobody is listed: the map ends at the tip of South America.
const southernmost = -58

/** The world as it is drawn: a path of all land in a box of `width` by `height`, and where each country's name would stand. */
export function drawWorld(): {
  readonly width: number
  readonly height: number
  readonly land: string
  readonly places: Readonly<Record<string, readonly [number, number]>>
} {
  const projection = geoEqualEarth().fitWidth(width, { type: 'Sphere' })
  const path = geoPath(projection).digits(1)
  const land = parts(atlas('land-110m.json'), 'land')
    .flatMap(({ geometry }) => polygons(geometry))
    .filter((polygon) => geoCentroid(polygon)[1] > -70)
    .map((polygon) => path(polygon) ?? '')
    .filter((drawn) => drawn.length > 30) // islets of a pixel or two
    .join('')
  const places = parts(atlas('countries-50m.json'), 'countries').flatMap(
    ({ id, geometry }): [string, [number, number]][] => {
      const code = countryCodes.numericToAlpha2(String(id ?? ''))
      const at = projection(geoCentroid(mainland(geometry)))
      return code === undefined || at === null ? [] : [[code, [Math.round(at[0]), Math.round(at[1])]]]
    },
  )
  const height = Math.ceil(projection([0, southernmost])?.[1] ?? 0)
  return {
    width,
    height,
    land,
    places: Object.fromEntries(places.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  }
}

function atlas(file: string): Atlas {
  return JSON.parse(readFileSync(new URL(`../node_modules/world-atlas/${file}`, import.meta.url), 'utf8')) as Atlas // of a pinned version
}

function parts(topology: Atlas, name: string): readonly Shape[] {
  const object = topology.objects[name]
  if (!object) throw new Error(`the atlas has no ${name}`)
  const found = feature(topology, object) as unknown as { readonly features?: readonly Shape[] } & Shape
  return found.features ?? [found]
}

function polygons({ type, coordinates }: Geometry): GeoPermissibleObjects[] {
  const each = type === 'Polygon' ? [coordinates] : coordinates
  return each.map((one) => ({ type: 'Polygon', coordinates: one }) as GeoPermissibleObjects)
}

// France is where Paris is, though part of it is in America.
function mainland(geometry: Geometry): GeoPermissibleObjects {
  const [largest] = polygons(geometry).toSorted((one, other) => geoArea(other) - geoArea(one))
  if (!largest) throw new Error('a country without land')
  return largest
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(world, `${JSON.stringify(drawWorld())}\n`)
