import jsonld from '@fedify/vocab-runtime/jsonld'
import { contextLoader } from '../../src/federation/loader.ts'
import { fixtures } from './fixtures.ts'

// Known to every server by their names, and shipped with every JSON-LD processor for the fediverse.
const known = [
  'https://www.w3.org/ns/activitystreams',
  'https://w3id.org/security/v1',
  'https://w3id.org/security/multikey/v1',
]

// JSON Resource Descriptors (RFC 7033) are plain JSON.
const documents = [...fixtures()].filter(([name]) => !name.endsWith('webfinger'))

test('there are fixtures to be read', () => {
  expect(documents.length).toBeGreaterThan(25)
})

test.each(documents)(
  '%s says the same to a JSON-LD processor: no term is lost, nothing is fetched',
  async (_, given) => {
    const asked: string[] = []
    const documentLoader = (url: string) => {
      asked.push(url)
      if (!known.includes(url)) throw new Error(`${url} would have to be fetched`)
      return contextLoader(url)
    }
    // In safe mode it throws where a term has no meaning, or an address is relative.
    const expanded: unknown = await jsonld.expand(given, { documentLoader, safe: true })
    expect(asked).toContain(known[0])
    const words = namesIn(expanded)
    expect(words.length).toBeGreaterThan(0)
    expect(words.filter((name) => !isMeant(name))).toEqual([])
  },
)

test('a term that nobody has declared is found', async () => {
  const given = { '@context': known[0], id: 'https://north.example/1', type: 'Note', unheardOf: 'lost' }
  const expanded: unknown = await jsonld.expand(given, { documentLoader: contextLoader, safe: true })
  // ActivityStreams puts it into its blank vocabulary.
  expect(namesIn(expanded).filter((name) => !isMeant(name))).toEqual(['_:unheardOf'])
})

function isMeant(name: string): boolean {
  return /^(?:@[a-z]+|https?:\/\/.+)$/.test(name)
}

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(name === '@type' ? [inner].flat().map(String) : namesIn(inner)),
  ])
}
