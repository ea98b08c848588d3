import { readdirSync, readFileSync } from 'node:fs'
import { instantOf, day, later } from '../../src/common/clock.ts'
import { vocabularyNames } from '../../src/common/vocabularies.ts'
import { publishedSchemas } from '../../src/ops/document-pages.ts'
import { terms } from '../../src/ops/terms.ts'
import { aNode, type TestNode } from '../support/node.ts'

let node: TestNode
beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_CONTACT: 'peers@north.example' } })
})

it('every published schema is served as such, and the settings are not', async () => {
  for (const name of publishedSchemas) {
    const answer = await fetch(`${node.url}/schemas/${name}.json`)
    expect(answer.headers.get('content-type')).toContain('application/schema+json')
    expect(await answer.json()).toMatchObject({ $id: `https://w3id.org/sideways/schemas/${name}.json` })
  }
  expect((await fetch(`${node.url}/schemas/config.json`)).status).toBe(404)
  expect((await fetch(`${node.url}/schemas/..%2fpackage.json`)).status).toBe(404)
})

it('every shipped vocabulary is listed and served to everybody, and need not be fetched twice', async () => {
  const list = (await (await fetch(`${node.url}/vocabularies`)).json()) as readonly { id: string; url: string }[]
  const files = readdirSync(new URL('../../schemas/vocabularies/', import.meta.url)).filter((file) =>
    file.endsWith('.json'),
  )
  expect(list.length).toBe(files.length)
  expect(vocabularyNames.length).toBe(files.length)
  for (const { id, url } of list) {
    const answer = await fetch(url, { headers: { origin: 'https://elsewhere.example' } })
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({ id, license: 'https://creativecommons.org/publicdomain/zero/1.0/' })
    const again = await fetch(url, {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    })
    expect(again.status).toBe(304)
  }
})

it('our terms are a page to people and JSON-LD to programs, and both say the same', async () => {
  const page = await fetch(`${node.url}/ns`, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('vary')?.toLowerCase()).toContain('accept')
  const html = await page.text()
  const answer = await fetch(`${node.url}/ns`, { headers: { accept: 'application/ld+json' } })
  expect(answer.headers.get('content-type')).toContain('application/ld+json')
  const document = (await answer.json()) as {
    '@graph': readonly { '@id': string; label: { en: string; cy: string }; comment: { en: string; cy: string } }[]
  }
  expect(document['@graph'].map((term) => term['@id'])).toEqual(terms.map(({ id }) => `swd:${id}`))
  for (const term of document['@graph']) {
    expect(html).toContain(`id="${term['@id'].slice(4)}"`)
    for (const said of [term.label.en, term.label.cy, term.comment.en, term.comment.cy]) expect(said).toMatch(/\S/)
  }
})

it('the vocabulary has every term of ours that documents use, and no other', () => {
  const folder = new URL('../../src/federation/', import.meta.url)
  const used = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/\bswd:([\w-]+)|\bsideways\/ns#([\w-]+)/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    ),
  )
  expect([...new Set(used)].toSorted()).toEqual(terms.map(({ id }) => id).toSorted())
})

it('robots are kept out of what is somebody’s own', async () => {
  const text = await (await fetch(`${node.url}/robots.txt`)).text()
  for (const path of ['/me', '/administration', '/sign-in', '/directory', '/ap'])
    expect(text).toContain(`Disallow: ${path}\n`)
  expect(text).not.toContain('Disallow: /\n')
})

it('only pages about the node ask to be indexed', async () => {
  const robots = async (path: string): Promise<boolean> =>
    (await (await fetch(node.url + path)).text()).includes('name="robots" content="noindex')
  for (const path of ['/', '/about', '/privacy', '/accessibility', '/ns', '/docs/error-codes'])
    expect([path, await robots(path)]).toEqual([path, false])
  for (const path of ['/sign-in', '/sign-in/sent', '/waiting', '/nowhere'])
    expect([path, await robots(path)]).toEqual([path, true])
})

it('security.txt names a contact and ends within a year', async () => {
  const text = await (await fetch(`${node.url}/.well-known/security.txt`)).text()
  expect(text).toContain('Contact: mailto:peers@north.example\n')
  expect(text).toContain(`Canonical: ${node.url}/.well-known/security.txt\n`)
  const expires = instantOf(/Expires: (\S+)/.exec(text)?.[1] ?? '')
  expect(expires && expires > later(node.time, 30 * day) && expires < later(node.time, 365 * day)).toBe(true)
})

it('without a contact there is no security.txt, and the pages name the organisation instead', async () => {
  const silent = await aNode()
  expect((await fetch(`${silent.url}/.well-known/security.txt`)).status).toBe(404)
  expect(await (await fetch(`${silent.url}/privacy`)).text()).toContain(
    'Ask the people who run this node at North Council.',
  )
})
