import sharp from 'sharp'
import { rows } from '../../src/database/database.ts'
import { endScope, withdraw } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import type { Receipt } from '../../src/profile/receipt.ts'
import { profileOf, receipts } from '../../src/profile/views.ts'
import { aReader, type Reader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { photoWithPlace, plainPicture, uploadPicture, type Upload } from './pictures.ts'

let node: TestNode
let asha: Resident
let hers: Reader
let members: Reader
let strangers: Reader

beforeAll(async () => {
  node = await aNode()
  asha = await aResident(node)
  hers = await signIn(node, 'asha@north.example')
  members = await signIn(node, 'ben@north.example')
  strangers = aReader(node.url)
})

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

const upload = (given: Upload) => uploadPicture(node.url, hers, given)
const kept = async () => (await profileOf(node.app.db, asha.id))?.fields.picture
const address = async () => `/media/${(await kept())?.name}`

type Actor = { readonly icon?: { readonly url: string; readonly summary: string } }

/** The newest receipt about a purpose; the clock moves on, so that the next one is newer. */
async function receipt(purpose: string): Promise<Receipt | undefined> {
  node.time = new Date(node.time.getTime() + 1000)
  return (await receipts(node.app.db, asha.id)).find((one) => one.purpose === purpose)
}

async function actor(): Promise<Actor> {
  const personId = (await listingOf(node.app.db, asha.id))?.personId
  const answer = await fetch(`${node.url}/ap/people/${personId}`, { headers: { accept: 'application/activity+json' } })
  // Our own actor, as the tests below look at it.
  return (await answer.json()) as Actor
}

test('nobody needs a picture: a finished profile without one is finished', async () => {
  await listed(node, asha, ['here', 'partners', 'public'])
  await settled()
  expect(await actor()).not.toHaveProperty('icon')
  expect((await strangers.get('/@asha')).text).not.toContain('<img')
})

test('a picture without words for those who cannot see it, or words without a picture, is not kept', async () => {
  const blank = await upload({ file: await plainPicture('png', 50, 50), alt: ' ' })
  expect(blank.status).toBe(400)
  expect(blank.text).toContain('Say what the picture shows')
  const none = await upload({ alt: 'Asha' })
  expect(none.text).toContain('Choose a picture')
  expect((await upload({ file: await plainPicture('png', 50, 50), alt: 'x'.repeat(201) })).text).toContain(
    'at most 200',
  )
  expect(await kept()).toBeUndefined()
  expect(await rows(node.app.db, 'select 1 from picture')).toEqual([])
})

test('what cannot be taken is said in words, and nothing is kept of it', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
  expect((await upload({ file: svg, type: 'image/png', name: 'a.png' })).text).toContain('JPEG, PNG, WebP, GIF or AVIF')
  const large = await upload({ file: Buffer.alloc(6 * 1024 * 1024, 1) })
  expect([large.status, large.text.includes('at most 5 MB')]).toEqual([400, true])
  const whole = await plainPicture('jpeg', 800, 800)
  expect((await upload({ file: whole.subarray(0, 900) })).text).toContain('could not read')
  expect(await rows(node.app.db, 'select 1 from picture')).toEqual([])
})

test('a form from another site, or from somebody who is not signed in, changes nothing', async () => {
  const given = { file: await plainPicture('png', 50, 50) }
  expect((await uploadPicture(node.url, hers, given, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await uploadPicture(node.url, strangers, given)).status).toBe(303)
  expect(await rows(node.app.db, 'select 1 from picture')).toEqual([])
})

test('her picture is for people here until she says more, and holds nothing of where it was taken', async () => {
  expect((await upload({ file: await photoWithPlace(), name: '../../etc/passwd', type: 'text/html' })).status).toBe(303)
  await settled()
  const shown = await fetch(node.url + (await address()), { headers: cookies(members) })
  const bytes = Buffer.from(await shown.arrayBuffer())
  expect(shown.status).toBe(200)
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, no-cache',
  })
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 400, height: 400, format: 'jpeg' })
  expect((await sharp(bytes).metadata()).exif).toBeUndefined()
  expect((await strangers.get(await address())).status).toBe(404)
  expect(await actor()).not.toHaveProperty('icon')
  expect((await members.get('/directory')).text).toContain(await address())
  expect((await members.get('/directory')).text).toContain('alt="Asha at her desk"')
  expect((await strangers.get('/directory')).text).not.toContain('/media/')
})

test('it is in no copy of partner nodes, whoever may see it', async () => {
  await upload({ level: '5' })
  await settled()
  const listing = await listingOf(node.app.db, asha.id)
  expect(listing?.partnersDocument).not.toContain('media')
  expect(listing?.publicDocument).toContain(await address())
  const [published] = await rows<{ text: string }>(node.app.db, 'select document::text as text from published_listing')
  expect(published?.text).not.toContain('media')
  const preview = (await hers.get('/me/preview/partner')).text
  expect(preview).not.toContain('/media/')
  expect(preview).toContain('not in the copy that partner nodes keep')
})

test('once everyone may see it, it is on her page, in her actor with its words, and on other servers’ pages', async () => {
  const { icon } = await actor()
  expect(icon).toEqual({
    type: 'Image',
    mediaType: 'image/jpeg',
    url: node.url + (await address()),
    summary: 'Asha at her desk',
    name: 'Asha at her desk',
  })
  const shown = await fetch(icon?.url ?? '')
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=86400',
  })
  const again = await fetch(icon?.url ?? '', {
    headers: { 'if-none-match': shown.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
  })
  expect(again.status).toBe(304)
  // What she gets carries her session: no cache between may hand that on.
  const own = await members.get(await address())
  expect(own.headers.get('set-cookie')).toContain('session')
  expect(own.headers.get('cache-control')).toBe('private, max-age=86400')
  expect((await strangers.get('/@asha')).text).toMatch(/<img class="[^"]*u-photo" src="[^"]+" alt="Asha at her desk"/)
  expect((await hers.get('/me/preview/stranger')).text).toContain(await address())
})

test('a yes to everyone and its end are receipts, with what the page said', async () => {
  const newest = await receipt('picture')
  expect(newest).toMatchObject({ purpose: 'picture', given: true, wordingVersion: 'picture.v1.en', channel: 'page' })
  expect(newest?.wording).toContain('These make copies.')
  expect((await hers.get('/me/receipts')).text).toContain('Yes to: everyone may see my picture')
})

test('another picture has another address, and the old one is gone', async () => {
  const before = await address()
  await upload({ file: await plainPicture('webp', 500, 500), alt: 'A blue wall', level: '5' })
  await settled()
  expect(await address()).not.toBe(before)
  expect((await strangers.get(before)).status).toBe(404)
  expect((await actor()).icon).toMatchObject({ url: node.url + (await address()), summary: 'A blue wall' })
})

test('kept closer again on the page about who sees what, it is closed to strangers at once', async () => {
  await hers.post('/me/profile/audience', { picture: '3' })
  expect((await strangers.get(await address())).status).toBe(404)
  await settled()
  expect(await actor()).not.toHaveProperty('icon')
  expect(await receipt('picture')).toMatchObject({ given: false })
  await upload({ level: '5', alt: 'A blue wall' })
  await settled()
  expect(await actor()).toHaveProperty('icon')
})

test('removed, it is gone from everywhere, and a next one is not for everyone by itself', async () => {
  const before = await address()
  await hers.post('/me/profile/picture/remove', {})
  expect((await strangers.get(before)).status).toBe(404)
  expect((await hers.get(before)).status).toBe(404)
  expect(await rows(node.app.db, 'select 1 from picture')).toEqual([])
  await settled()
  expect(await actor()).not.toHaveProperty('icon')
  expect((await strangers.get('/@asha')).text).not.toContain('/media/')
  expect((await profileOf(node.app.db, asha.id))?.audience).not.toHaveProperty('picture')
})

test('who goes public is asked about the picture, and it is named in the receipt', async () => {
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  await upload({ file: await plainPicture('gif', 300, 200), alt: 'A wall' })
  await settled()
  await receipt('public')
  await hers.post('/me/profile/handle', { handle: 'asha_two' })
  expect((await hers.get('/me/listing/public')).text).toContain('Your picture')
  await hers.post('/me/listing/public', { answer: 'yes', choices: ['sector', 'picture'] })
  await settled()
  expect(await actor()).toHaveProperty('icon')
  expect((await receipt('public'))?.wording).toContain('Your picture')
  expect((await strangers.get(await address())).status).toBe(200)
})

test('when she stops being public, strangers have it no more; when she withdraws, nobody but her', async () => {
  const known = await address()
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  // The address that everyone may know is nobody's for good, so that nobody can tell who she is when she comes back.
  expect(await address()).not.toBe(known)
  for (const reader of [strangers, members, hers]) expect((await reader.get(known)).status).toBe(404)
  expect((await strangers.get(await address())).status).toBe(404)
  expect((await members.get(await address())).status).toBe(200)
  expect((await members.get('/directory')).text).toContain(await address())
  await withdraw(node.app, asha, { language: 'en', channel: 'page' })
  expect((await members.get(await address())).status).toBe(404)
  expect((await hers.get(await address())).status).toBe(200)
})

test('an account that goes takes its picture along', async () => {
  await rows(node.app.db, 'delete from account where id = $1', [asha.id])
  expect(await rows(node.app.db, 'select 1 from picture')).toEqual([])
})

test.each([
  '/media/nothing',
  '/media/00000000000000000000.jpg',
  '/media/..%2f..%2fpackage.json',
  '/media/',
  '/media/a.svg',
])('%s is not found', async (path) => {
  expect((await strangers.get(path)).status).toBe(404)
})

function cookies(reader: Reader): Record<string, string> {
  return { cookie: [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
}
