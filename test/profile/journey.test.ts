import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { chooseHandle, saveFields } from '../../src/profile/actions.ts'
import { profileOf } from '../../src/profile/views.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { asha } from './people.ts'

let node: TestNode
beforeAll(async () => {
  node = await aNode()
})

let count = 0
async function somebody(language: 'en' | 'cy' = 'en'): Promise<SignedIn> {
  count += 1
  const reader = await signIn(node, `journey${count}@north.example`)
  await reader.get(`${paths.myProfile}?lang=${language}`)
  return reader
}

async function ashaHerself(): Promise<SignedIn> {
  const reader = await somebody()
  await saveFields(node.app, reader.accountId, asha)
  return reader
}

const fieldsOf = async (reader: SignedIn) => (await profileOf(node.app.db, reader.accountId))?.fields
/** What a reader reads, without tags. */
const read = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')

test.each([
  ['en', 'Check your answers', 'Only one in the organisation', 'Choose where to be found'],
  ['cy', 'Gwiriwch eich atebion', 'Yr unig un yn y sefydliad', 'Dewis ble i gael eich canfod'],
] as const)(
  'a first listing is eight pages from start to check, each leading to the next (%s)',
  async (language, check, onlyOne, goOn) => {
    const reader = await somebody(language)
    expect((await reader.get(paths.myProfile)).text).toContain(`href="${paths.profile('name')}"`)
    const answers = [
      ['name', { displayName: 'Asha Rao' }],
      ['role', { roles: ['', 'delivery-manager'], words1: '' }],
      ['only-one', { onlyOne: 'organisation' }],
      ['organisation', { organisation: 'North Council', sector: 'local-government', country: 'GB' }],
      ['languages', { tag1: 'en', level1: 'easy', tag2: '', level2: '', tag3: 'cy', level3: 'slow' }],
      ['share', { shares: ['', 'retrospective', 'week-notes'], words1: 'Saying no kindly', words2: '' }],
      ['try', { wantsToTry: '', words1: '', words2: '' }],
      ['introduction', { introduction: 'I look after one small service.\r\nFrom end to end.' }],
    ] as const
    let at: string = paths.profile('name')
    for (const [slug, values] of answers) {
      expect(at).toBe(paths.profile(slug))
      expect((await reader.get(at)).status).toBe(200)
      const answer = await reader.post(at, values)
      expect(answer.status).toBe(200)
      at = answer.url
    }
    expect(at).toBe(paths.profileCheck)
    const page = read((await reader.get(at)).text)
    for (const text of [check, 'Asha Rao', onlyOne, 'North Council', 'Saying no kindly', goOn])
      expect(page).toContain(text)
    expect(await fieldsOf(reader)).toEqual({
      displayName: 'Asha Rao',
      roles: ['delivery-manager'],
      onlyOne: 'organisation',
      organisation: 'North Council',
      sector: 'local-government',
      country: 'GB',
      languages: [
        { tag: 'en', level: 'easy' },
        { tag: 'cy', level: 'slow' },
      ],
      shares: ['retrospective', 'week-notes'],
      sharesInWords: ['Saying no kindly'],
      introduction: 'I look after one small service. From end to end.',
    })
    expect((await reader.get(paths.myProfile)).url).toBe(paths.profileCheck)
    expect(await node.settle()).toEqual([])
  },
)

test('somebody who is signed out is sent to sign in, and reads nobody’s answers', async () => {
  const stranger = aReader(node.url)
  for (const path of [
    paths.myProfile,
    paths.profileCheck,
    paths.profile('name'),
    paths.profile('role'),
    paths.profile('audience'),
    paths.profile('handle'),
    paths.preview('stranger'),
    paths.receipts,
  ]) {
    expect((await stranger.get(path)).url).toBe(`${paths.signIn}?return=${encodeURIComponent(path)}`)
  }
  expect((await stranger.post(paths.profile('name'), { displayName: 'Mallory' })).url).toMatch(paths.signIn)
  expect(await rows(node.app.db, `select 1 from profile where fields->>'displayName' = 'Mallory'`)).toEqual([])
})

test('a change from the answers leads back to the answers, and each answer is saved at once', async () => {
  const reader = await ashaHerself()
  const answer = await reader.post(`${paths.profile('name')}?from=check`, { displayName: 'Asha R.' })
  expect(answer.url).toBe(paths.profileCheck)
  await reader.get(paths.profile('place'))
  expect(await fieldsOf(reader)).toMatchObject({ displayName: 'Asha R.', roles: ['delivery-manager'] })
})

test('an answer that cannot be is shown again as it was typed, with a sentence that leads to its field', async () => {
  const reader = await somebody()
  const empty = await reader.post(paths.profile('name'), { displayName: '  ' })
  expect(empty.status).toBe(400)
  expect(empty.text).toContain('<a href="#displayName">Enter the name that people will see</a>')
  const long = await reader.post(`${paths.profile('introduction')}?from=check`, { introduction: 'x'.repeat(401) })
  expect(long.text).toContain('Your introduction must be 400 characters or fewer')
  expect(long.text).toContain('x'.repeat(401))
  const places = await reader.post(paths.profile('organisation'), { organisation: '', sector: 'piracy', country: 'ZZ' })
  expect(places.text).toContain('href="#organisation"')
  expect(places.status).toBe(400)
  expect(await fieldsOf(reader)).toBeUndefined()
})

test('a language without saying how easy it is is asked for again, and what was chosen is still chosen', async () => {
  const reader = await somebody()
  const answer = await reader.post(paths.profile('languages'), { tag1: 'cy', level1: '', tag2: '', level2: '' })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('Say how easy a chat is in each language you chose')
  expect(answer.text).toMatch(/value="cy" selected/)
})

test('a role is found by typing any title for the job, without scripts, and what was ticked and written stays', async () => {
  const reader = await somebody()
  const found = await reader.post(paths.profile('role'), {
    search: 'head of product',
    find: 'yes',
    roles: ['', 'delivery-manager'],
    words1: 'Keeper of lists',
  })
  expect(found.status).toBe(200)
  expect(found.text).toContain('1 fits “head of product”')
  expect(found.text).toContain('Also called: Head of product.')
  expect(found.text).toMatch(/value="delivery-manager" checked/)
  expect(found.text).toContain('value="Keeper of lists"')
  expect(found.text).not.toContain('value="solicitor"')
  expect(await fieldsOf(reader)).toBeUndefined()
  const saved = await reader.post(found.url, {
    search: 'head of product',
    roles: ['', 'delivery-manager', 'product-manager'],
    words1: '',
  })
  expect(saved.url).toBe(paths.profile('only-one'))
  expect(await fieldsOf(reader)).toEqual({ roles: ['delivery-manager', 'product-manager'] })
  const nothing = await reader.post(`${paths.profile('role')}?from=check`, { search: 'zzz', find: 'yes', roles: '' })
  expect(nothing.text).toContain('Try another word')
  expect(nothing.url).toContain('from=check')
})

test('neither a role from the list nor one in own words: the page asks for one of them', async () => {
  const reader = await ashaHerself()
  const answer = await reader.post(paths.profile('role'), { roles: '', words1: '' })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('<a href="#roles">Choose a role, or write your own</a>')
  expect(answer.text).not.toMatch(/value="delivery-manager" checked/)
})

test('what is missing is named on the check page, with the way to it, and there is no way on to a listing', async () => {
  const reader = await somebody()
  await saveFields(node.app, reader.accountId, { displayName: 'Asha' })
  const page = (await reader.get(paths.profileCheck)).text
  expect(page).toContain('Answer what is left')
  expect(page).not.toContain('Choose where to be found')
})

test('working hours are a preset or a table, and are never shown', async () => {
  const reader = await ashaHerself()
  await reader.post(paths.profile('hours'), { timeZone: 'Europe/London', week: 'office' })
  expect(await fieldsOf(reader)).toMatchObject({
    timeZone: 'Europe/London',
    workingPattern: { monday: [{ from: '09:00', to: '17:00' }] },
  })
  await reader.post(paths.profile('hours'), {
    timeZone: 'Europe/London',
    holidayRegion: 'GB-WLS',
    week: 'own',
    'tuesday-from': '08:30',
    'tuesday-to': '12:00',
  })
  expect(await fieldsOf(reader)).toMatchObject({
    holidayRegion: 'GB-WLS',
    workingPattern: { tuesday: [{ from: '08:30', to: '12:00' }] },
  })
  for (const values of [
    { week: 'own', 'tuesday-from': '08:30', 'tuesday-to': '' },
    { week: 'own', 'tuesday-from': '08:30', 'tuesday-to': '08:00' },
    { week: 'own' },
    { week: 'sometimes' },
  ]) {
    expect((await reader.post(paths.profile('hours'), { timeZone: 'Europe/London', ...values })).status).toBe(400)
  }
  for (const who of ['stranger', 'partner', 'colleague'])
    expect(read((await reader.get(paths.preview(who))).text)).not.toMatch(/8:30|Tuesday/)
  await reader.post(paths.profile('hours'), { timeZone: '', week: 'none' })
  expect(await fieldsOf(reader)).toEqual(asha)
})

test('who sees what is chosen field by field, and the only-one marker is asked twice before it is public', async () => {
  const reader = await ashaHerself()
  const once = await reader.post(paths.profile('audience'), { displayName: '5', onlyOne: '5', onlyOneInPublic: '' })
  expect(once.status).toBe(400)
  expect(once.text).toContain('href="#onlyOneInPublic"')
  expect((await profileOf(node.app.db, reader.accountId))?.audience).toEqual({})
  const twice = await reader.post(paths.profile('audience'), {
    displayName: '5',
    onlyOne: '5',
    onlyOneInPublic: ['', 'yes'],
    timeInRole: '0',
  })
  expect(twice.url).toBe(paths.profileCheck)
  expect(twice.text).toContain('We have saved who sees what.')
  expect((await profileOf(node.app.db, reader.accountId))?.audience).toEqual({
    displayName: 5,
    onlyOne: 5,
    timeInRole: 0,
  })
  expect((await reader.post(paths.profile('audience'), { timeZone: '5' })).status).toBe(400)
  expect((await reader.post(paths.profile('audience'), { place: 'anyone' })).status).toBe(400)
})

test('each preview shows what that reader would see, what she would not, and that it is not on', async () => {
  const reader = await ashaHerself()
  await saveFields(node.app, reader.accountId, {
    jobTitle: 'Delivery lead',
    links: ['https://north.example/asha'],
    addressMe: 'AH-sha',
  })
  const [stranger, partner, colleague] = await Promise.all(
    ['stranger', 'partner', 'colleague'].map(async (who) => read((await reader.get(paths.preview(who))).text)),
  )
  const card = (text: string | undefined): string => text?.split('What they would not see')[0] ?? ''
  expect(card(stranger)).toContain('No name shown')
  expect(card(stranger)).toContain('https://north.example/asha')
  expect(card(stranger)).not.toMatch(/Asha Rao|Delivery manager|point to one person/)
  expect(card(stranger)).toContain('As long as it is off, a stranger sees nothing of you.')
  expect(card(partner)).toContain('Asha Rao')
  expect(card(partner)).toContain('these answers point to one person')
  expect(card(partner)).not.toContain('Delivery lead')
  expect(card(colleague)).toContain('Delivery lead')
  for (const text of [stranger, partner, colleague]) {
    expect(card(text)).not.toContain('AH-sha')
    expect(text).toContain('How to address me (only somebody I have agreed a chat with)')
  }
  expect((await reader.get(paths.preview('employer'))).status).toBe(404)
})

test('a handle is suggested from the name, refused in words, and kept', async () => {
  const reader = await ashaHerself()
  await chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, (await ashaHerself()).accountId, 'asha_rao')
  expect((await reader.get(paths.profile('handle'))).text).toContain('value="asha_rao_2"')
  expect((await reader.post(paths.profile('handle'), { handle: 'asha_rao' })).text).toContain(
    'Somebody has that handle',
  )
  expect((await reader.post(paths.profile('handle'), { handle: 'Admin' })).text).toContain('kept for the node itself')
  expect((await reader.post(paths.profile('handle'), { handle: '@asha_r' })).url).toBe(paths.profileCheck)
  expect((await reader.get(paths.profileCheck)).text).toContain(`@asha_r@${new URL(node.url).host}`)
})

test('every receipt can be read back with its purpose, answer, time, channel, version and words', async () => {
  const reader = await ashaHerself()
  expect((await reader.get(paths.receipts)).text).toContain('There are none yet')
  await rows(
    node.app.db,
    `insert into consent_receipt (id, account_id, purpose, given, wording_version, wording, language, channel, at) values
    ('yes', $1, 'partners', true, '2026-11-22', 'People on <partner> nodes find you.', 'en', 'page', '2026-11-22T09:00:00Z'),
    ('no', $1, 'partners', false, '2026-11-23', 'Dim mwy.', 'cy', 'mail', '2026-11-23T09:00:00Z')`,
    [reader.accountId],
  )
  const { text } = await reader.get(paths.receipts)
  const page = read(text)
  expect(page).toMatch(
    /No to: partner nodes .* 23 November 2026.*By a link in a mail.*2026-11-23.*Dim mwy\..*Yes to: partner nodes .* 22 November 2026.*On a page of this node.*2026-11-22/,
  )
  expect(text).toContain('People on &lt;partner&gt; nodes find you.')
  expect(text).toContain('<div lang="cy" class="sw-wording">')
  expect(read((await (await ashaHerself()).get(paths.receipts)).text)).not.toContain('Dim mwy.')
})

test('what somebody wrote is text wherever it is read, never markup', async () => {
  const reader = await ashaHerself()
  await saveFields(node.app, reader.accountId, {
    displayName: '<b>Asha</b>',
    organisation: '"><script>x</script>',
    sharesInWords: ['<i>no</i>'],
  })
  for (const path of [
    paths.profileCheck,
    paths.profile('name'),
    paths.profile('organisation'),
    paths.profile('share'),
    paths.preview('partner'),
    paths.profile('audience'),
  ]) {
    const { text } = await reader.get(path)
    expect(text).not.toMatch(/<b>Asha|<script>x|<i>no/)
  }
})
