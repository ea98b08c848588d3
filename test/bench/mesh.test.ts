import { generateKeyPairSync } from 'node:crypto'
import { meshPartner } from '../../bench/mesh-partner.ts'
import { parse } from '../../src/common/parse.ts'
import { readPage } from '../../src/partners/page.ts'
import { rootOf } from '../../src/partners/set.ts'
import { verifyStatement } from '../../src/partners/statement.ts'
import { inventedNow } from '../support/people.ts'

const origin = 'http://127.1.0.1:4000'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa = { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }

/** What a subscriber reads of a simulated partner: its page after a seq. */
function readAfter(partner: ReturnType<typeof meshPartner>, after: number) {
  const page = parse('changes-page', JSON.parse(partner.page(after, 200)))
  const from = { origin, directoryId: partner.at.directory }
  const changes = readPage(page.orderedItems, { after, seq: page.seq }, from, (item) => parse('listing', item))
  if (!changes) throw new Error('no page')
  return changes
}

test('a simulated partner keeps the protocol: its signed root is that of its pages, before and after a change', () => {
  const partner = meshPartner(7, origin, rsa, 40)
  const held = new Map(readAfter(partner, 0).copies.map((copy) => [copy.id, copy]))
  expect(held.size).toBe(40)
  const first = JSON.parse(partner.statement(inventedNow).text)
  expect(verifyStatement(first, partner.directoryKey)).toBe(true)
  expect(parse('statement', first)).toMatchObject({ seq: 40, totalItems: 40, root: rootOf([...held.values()]) })

  partner.change()
  const changed = readAfter(partner, 40).copies
  expect(changed).toHaveLength(1)
  for (const copy of changed) held.set(copy.id, copy)
  const second = JSON.parse(partner.statement(inventedNow).text)
  expect(parse('statement', second)).toMatchObject({ seq: 41, totalItems: 40, root: rootOf([...held.values()]) })
  expect([...held.values()].some((copy) => 'refused' in copy)).toBe(false)
})

test('its statement stays the same until something changes or a day has passed', () => {
  const partner = meshPartner(8, origin, rsa, 2)
  const { etag } = partner.statement(inventedNow)
  expect(partner.statement(new Date(inventedNow.getTime() + 22 * 3_600_000)).etag).toBe(etag)
  expect(partner.statement(new Date(inventedNow.getTime() + 24 * 3_600_000)).etag).not.toBe(etag)
})
