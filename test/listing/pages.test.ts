import { day, later } from '../../src/common/clock.ts'
import { flagOf, listingOf } from '../../src/listing/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { levelOf } from '../../src/profile/profile.ts'
import { profileOf, receipts } from '../../src/profile/views.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, ashasProfile, listed, opened } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let people = 0

beforeAll(async () => {
  node = await aNode()
})

beforeEach(() => {
  node.time = new Date('2026-11-22T09:00:00Z')
})

/** Somebody with a finished profile who is signed in. */
async function someone(): Promise<SignedIn & { handle: string; id: string; language: 'en' }> {
  people += 1
  const resident = await aResident(node, `person_${people}`)
  return Object.assign(await signIn(node, `${resident.handle}@north.example`), resident)
}

test('who is not signed in is sent to sign in', async () => {
  for (const path of [
    '/me/listing',
    '/me/listing/here',
    '/me/listing/withdraw',
    '/me/listing/keep',
    '/me/chat',
    '/me/chat/pause',
  ])
    expect((await aReader(node.url).get(path)).url).toMatch(/^\/sign-in/)
})

test('somebody without a profile is told what to do first, and can say no yes', async () => {
  const reader = await signIn(node, 'new@north.example')
  expect((await reader.get('/me/listing')).text).toContain('Answer the questions')
  expect((await reader.get('/me/listing/here')).text).toContain('Answer the questions')
  expect((await reader.post('/me/listing/here', { answer: 'yes' })).status).toBe(409)
  expect(await receipts(node.app.db, reader.accountId)).toEqual([])
})

test('looking and declining leave no trace', async () => {
  const reader = await someone()
  for (const purpose of ['here', 'partners', 'public', 'discovery']) {
    const page = await reader.get(`/me/listing/${purpose}`)
    expect(page.status).toBe(200)
    if (purpose !== 'discovery') expect(page.text).toContain('No, leave it as it is')
  }
  expect(await receipts(node.app.db, reader.id)).toEqual([])
  expect((await reader.get('/me/listing')).text).toContain('Nobody can find you now')
})

test('a yes shows its receipt, with the wording that was on the page', async () => {
  const reader = await someone()
  const before = await reader.get('/me/listing/partners')
  const after = await reader.post('/me/listing/partners', { answer: 'yes' })
  const [receipt] = await receipts(node.app.db, reader.id)
  expect(receipt).toMatchObject({ purpose: 'partners', given: true, channel: 'page', language: 'en' })
  const asHtml = receipt?.wording.replaceAll("'", '&#39;') ?? ''
  expect(before.text).toContain(asHtml)
  expect(after.text).toContain(asHtml)
  expect(after.text).toContain('You said yes on 22 November 2026 at 09:00')
  const stopped = await reader.post('/me/listing/partners', { answer: 'stop' })
  expect(stopped.url).toBe('/me/listing')
  expect(await listingOf(node.app.db, reader.id)).toBeUndefined()
})

test('going public makes public what was ticked and nothing else, and the receipt names it', async () => {
  const reader = await someone()
  await reader.post('/me/listing/public', {
    answer: 'yes',
    choices: ['', 'country', 'shares'],
    onlyOne: '',
    onlyOneSure: '',
  })
  const profile = await profileOf(node.app.db, reader.id)
  const publicNow = (
    [
      'displayName',
      'roles',
      'organisation',
      'links',
      'country',
      'shares',
      'sector',
      'languages',
      'wantsToTry',
      'introduction',
      'onlyOne',
    ] as const
  ).filter((field) => levelOf(profile?.audience ?? {}, field) === 5)
  expect(publicNow).toEqual(['displayName', 'roles', 'organisation', 'links', 'country', 'shares'])
  expect((await receipts(node.app.db, reader.id))[0]?.wording).toMatch(
    /Public besides these: Country, What you can share\.$/,
  )
  const page = await aReader(node.url).get(`/@${reader.handle}`)
  expect(page.text).toContain('United Kingdom')
  expect(page.text).not.toMatch(/Local government|Only one/)
})

test('being the only one becomes public after two ticks, not after one', async () => {
  const reader = await someone()
  const once = await reader.post('/me/listing/public', { answer: 'yes', choices: [''], onlyOne: 'yes' })
  expect(once.status).toBe(400)
  expect(once.text).toContain('tick both boxes')
  expect(await listingOf(node.app.db, reader.id)).toBeUndefined()
  await reader.post('/me/listing/public', { answer: 'yes', choices: [''], onlyOne: 'yes', onlyOneSure: 'yes' })
  expect(await node.settle()).toEqual([])
  expect((await aReader(node.url).get(`/@${reader.handle}`)).text).toContain('Only one in the organisation')
})

test('a chat is opened, paused, made full, renewed and closed by forms', async () => {
  const reader = await someone()
  expect((await reader.get('/me/chat')).text).toContain('First choose where people can find you')
  await reader.post('/me/listing/here', { answer: 'yes' })
  const form = await reader.get('/me/chat')
  expect(form.text).toMatch(/name="endsOn-day"[^>]*value="21"/)
  expect(form.text).toMatch(/name="endsOn-month"[^>]*value="1"/)
  const wrong = await reader.post('/me/chat', {
    kinds: [''],
    boundaries: [''],
    'endsOn-day': '31',
    'endsOn-month': '2',
    'endsOn-year': '2027',
  })
  expect(wrong.status).toBe(400)
  expect(wrong.text).toContain('href="#kinds"')
  expect(wrong.text).toContain('must be a real date')
  expect(wrong.text.indexOf('Choose at least one kind')).toBeLessThan(wrong.text.indexOf('must be a real date'))
  const open = await reader.post('/me/chat', {
    kinds: ['', 'first-chat'],
    boundaries: ['', 'no-selling'],
    capacity: '2',
    'endsOn-day': '1',
    'endsOn-month': '2',
    'endsOn-year': '2027',
  })
  expect(open.text).toContain('You are open to a peer chat until 1 February 2027')
  expect(await flagOf(node.app.db, reader.id)).toMatchObject({
    kinds: ['first-chat'],
    boundaries: ['no-selling'],
    capacity: 2,
  })
  expect(
    (await reader.post('/me/chat/pause', { 'pausedUntil-day': '', 'pausedUntil-month': '', 'pausedUntil-year': '' }))
      .text,
  ).toContain('Enter the day until which you want a pause')
  expect(
    (
      await reader.post('/me/chat/pause', {
        'pausedUntil-day': '5',
        'pausedUntil-month': '12',
        'pausedUntil-year': '2026',
      })
    ).text,
  ).toContain('paused until 5 December 2026')
  expect((await reader.post('/me/chat/resume', {})).text).toContain('You are open to a peer chat again')
  expect((await reader.post('/me/chat/full', {})).text).toContain('opens again on 1 December 2026')
  expect((await reader.post('/me/chat/resume', {})).status).toBe(200)
  expect((await reader.get('/me/chat')).text).not.toContain('Stay open until')
  node.time = later(node.time, 30 * day)
  expect((await reader.get('/me/chat')).text).toContain('Stay open until 20 February 2027')
  expect((await reader.post('/me/chat/renew', {})).text).toContain('You stay open to a peer chat')
  expect(await flagOf(node.app.db, reader.id)).toMatchObject({ endsAt: new Date('2027-02-20T23:59:59Z') })
  expect((await reader.post('/me/chat/close', {})).text).toContain('Your peer chat is closed')
  expect((await reader.post('/me/chat/resume', {})).status).toBe(409)
})

test('profile boundaries are offered again when a flag is opened', async () => {
  const reader = await someone()
  await saveFields(node.app, reader.id, { ...ashasProfile, boundaries: ['no-press'] })
  await reader.post('/me/listing/here', { answer: 'yes' })
  expect((await reader.get('/me/chat')).text).toMatch(/value="no-press" checked/)
})

test('the page of a withdrawal says word for word what is promised, and leads to the list of copies', async () => {
  const reader = await someone()
  await listed(node, reader, ['here', 'partners', 'public'])
  const before = await reader.get('/me/listing/withdraw')
  expect(before.text).toContain(
    'gone at once if the other node is reachable; within an hour if a message was lost; within 7 days if the node is cut off or this one has died.',
  )
  expect(before.text).toContain('href="/me/listing/where"')
  expect((await reader.post('/me/listing/withdraw', {})).url).toBe('/me/listing/where')
  expect((await reader.get('/me/listing/withdraw')).text).toContain('You are not listed anywhere')
})

test('a public page speaks microformats and schema.org, leads to the actor, and keeps crawlers away until the fourth yes', async () => {
  const reader = await someone()
  await saveFields(node.app, reader.id, {
    ...ashasProfile,
    introduction: '</script><b>"&',
    links: ['https://asha.example/me'],
  })
  await listed(node, reader, ['public'])
  await opened(node, reader)
  const stranger = aReader(node.url)
  const page = await stranger.get(`/@${reader.handle}`)
  expect(page.status).toBe(200)
  for (const part of [
    'h-card',
    'p-name">Asha Rao',
    'p-job-title">Product manager',
    'p-org">North Council',
    'p-note">',
    'u-url" rel="me',
  ])
    expect(page.text).toContain(part)
  const listing = await listingOf(node.app.db, reader.id)
  expect(page.text).toContain(
    `<link rel="alternate" type="application/activity+json" href="${node.url}/ap/people/${listing?.personId}">`,
  )
  const script = /<script type="application\/ld\+json" nonce="([^"]+)">(.*?)<\/script>/s.exec(page.text)
  expect(page.headers.get('content-security-policy')).toContain(`'nonce-${script?.[1]}'`)
  expect(JSON.parse(script?.[2] ?? '')).toMatchObject({
    '@type': 'Person',
    name: 'Asha Rao',
    description: '</script><b>"&',
    sameAs: ['https://asha.example/me'],
    jobTitle: 'Product manager',
  })
  expect(page.text).not.toContain('</script><b>')
  expect(page.text).toContain('Open to a peer chat until 22 December 2026')
  expect(page.text).toContain(`@${reader.handle}@${new URL(node.url).host}`)
  expect(page.headers.get('x-robots-tag')).toBe('noindex, noai')
  expect(page.text).toContain('<meta name="robots" content="noindex')
  await listed(node, reader, ['discovery'])
  const found = await stranger.get(`/@${reader.handle}`)
  expect(found.headers.get('x-robots-tag')).toBeNull()
  expect(found.text).not.toContain('name="robots"')
  expect((await stranger.get(`/@${reader.handle.toUpperCase()}`)).status).toBe(200)
})

test('to a stranger, somebody who is not public is what nobody is', async () => {
  const reader = await someone()
  await listed(node, reader, ['here', 'partners'])
  const [hers, nobodys] = await Promise.all([
    aReader(node.url).get(`/@${reader.handle}`),
    aReader(node.url).get('/@person_0'),
  ])
  expect(hers.status).toBe(404)
  const plain = (text: string): string => text.replaceAll(/nonce="[^"]+"/g, '').replaceAll(reader.handle, 'person_0')
  expect(plain(hers.text)).toBe(plain(nobodys.text))
})

test('the page of a handle that ended answers 410 for good', async () => {
  const reader = await someone()
  await listed(node, reader, ['public'])
  await reader.post('/me/listing/public', { answer: 'stop' })
  const gone = await aReader(node.url).get(`/@${reader.handle}`)
  expect(gone.status).toBe(410)
  expect(gone.text).toContain('This page has gone for good')
})

test('a listing is kept for another year by one press', async () => {
  const reader = await someone()
  await listed(node, reader, ['here'])
  node.time = later(node.time, 10 * day)
  expect((await reader.get('/me/listing/keep')).text).toContain('Keep my listing until 2 December 2027')
  expect((await reader.post('/me/listing/keep', {})).text).toContain('Your listing stays until 2 December 2027')
})

test('every page speaks Welsh', async () => {
  const reader = await someone()
  await listed(node, reader, ['here', 'public'])
  await opened(node, reader)
  await reader.get('/me/listing?lang=cy')
  for (const [path, words] of [
    ['/me/listing', 'Ble gall pobl ddod o hyd i chi'],
    ['/me/listing/public', 'Gall pawb ddod o hyd i chi'],
    ['/me/listing/withdraw', "Tynnu'n ôl o bobman"],
    ['/me/chat', 'Rydych yn agored i sgwrs'],
    ['/me/chat/pause', 'Tan pryd rydych am gael saib'],
    [`/@${reader.handle}`, 'Yn agored i sgwrs â chymheiriad tan 22 Rhagfyr 2026'],
  ] as const)
    expect((await reader.get(path)).text.replaceAll('&#39;', "'")).toContain(words)
})
