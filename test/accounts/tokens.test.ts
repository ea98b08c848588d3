import { readTokenWish, bearerIn, tokenText } from '../../src/accounts/token.ts'
import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { makePersonalToken } from '../../src/accounts/token-actions.ts'
import { day, later } from '../../src/common/clock.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { randomToken } from '../../src/common/ids.ts'
import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let asha: SignedIn

beforeAll(async () => {
  node = await aNode()
  asha = await signIn(node, 'asha@north.example')
})

const filled = { tokenName: 'Our intranet', tokenScopes: ['directory:read'], tokenDays: '30' }
const json = { accept: 'application/json' }
const idIn = (text: string): string => /name="id" value="(\w{20})"/.exec(text)?.[1] ?? ''
const tokenIn = (text: string): string => /<code>(sideways_[\w-]{43})<\/code>/.exec(text)?.[1] ?? ''
const asked = (token: string, path = '/api/v1/listings') =>
  aReader(node.url).get(path, { ...json, authorization: `Bearer ${token}` })

/** Makes a token on the page, as she would. */
async function aToken(who: SignedIn = asha, values: Partial<typeof filled> = {}): Promise<string> {
  const form = await who.get('/me/tokens')
  const made = await who.post('/me/tokens', { ...filled, ...values, id: idIn(form.text) })
  return tokenIn(made.text)
}

test('a token is shown once, works, and nowhere in the database', async () => {
  const form = await asha.get('/me/tokens')
  const made = await asha.post('/me/tokens', { ...filled, id: idIn(form.text) })
  const token = tokenIn(made.text)
  expect(made.headers.get('cache-control')).toBe('no-store')
  expect(token).not.toBe('')
  expect((await asked(token)).status).toBe(200)
  const list = await asha.get('/me/tokens')
  expect(list.text).toContain('Our intranet')
  expect(list.text).not.toContain(token)
  const kept = await rows(
    node.app.db,
    'select t::text as row from personal_token t union all select s::text from session s',
  )
  expect(JSON.stringify(kept)).not.toContain(token.slice(9))

  // The same form once more, as when a reader loads the page again.
  const again = await asha.post('/me/tokens', { ...filled, id: idIn(form.text) })
  expect(tokenIn(again.text)).toBe('')
  expect(again.text).toContain('This token was made already')
  expect((await asked(token)).status).toBe(200)
})

test('the page says the last day of use, and no more of it', async () => {
  const ben = await signIn(node, 'ben@north.example')
  const token = await aToken(ben)
  expect((await ben.get('/me/tokens')).text).toContain('Not used so far')
  await asked(token)
  expect((await ben.get('/me/tokens')).text).toContain('Last used on 22 November 2026')
  node.time = later(node.time, day)
  await asked(token)
  await asked(token)
  expect((await ben.get('/me/tokens')).text).toContain('Last used on 23 November 2026')
})

test('a token that its owner ends stops at once, and nobody else can end it', async () => {
  const ben = await signIn(node, 'ben@north.example')
  const token = await aToken(ben, { tokenName: 'Mine' })
  const [mine] = await rows<{ id: string }>(node.app.db, `select id from personal_token where name = 'Mine'`)
  await asha.post('/me/tokens/end', { token: mine?.id ?? '' })
  expect((await asked(token)).status).toBe(200)
  await ben.post('/me/tokens/end', { token: mine?.id ?? '' })
  expect((await asked(token)).status).toBe(401)
})

test('a token ends on its day, is shown for 30 days more, and then forgotten', async () => {
  const carys = await signIn(node, 'carys@north.example')
  const token = await aToken(carys)
  const begun = node.time
  node.time = later(begun, 30 * day - 1)
  expect((await asked(token)).status).toBe(200)
  node.time = later(begun, 30 * day)
  const answer = await asked(token)
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.text)).toMatchObject({ status: 401, title: 'This token does not work' })
  expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="${node.url}", error="invalid_token"`)
  await node.runTimetable('accounts.forget-tokens')
  expect((await carys.get('/me/tokens')).text).toContain('Programs that use it get no answer')
  node.time = later(begun, 60 * day + 1)
  await node.runTimetable('accounts.forget-tokens')
  expect(await rows(node.app.db, 'select 1 from personal_token where account_id = $1', [carys.accountId])).toEqual([])
  node.time = begun
})

test('the tokens of an account that is closed end with it', async () => {
  const admin = await signIn(node, 'admin@north.example', 'administrator')
  const dilys = await signIn(node, 'dilys@north.example')
  const token = await aToken(dilys)
  const closing = await accountById(node.app.db, admin.accountId)
  if (closing) await closeAccount(node.app, closing, dilys.accountId)
  expect((await asked(token)).status).toBe(401)
  expect(await rows(node.app.db, 'select 1 from personal_token where account_id = $1', [dilys.accountId])).toEqual([])
})

test('a token opens no page and sends no form', async () => {
  const token = await aToken()
  const reader = aReader(node.url)
  const page = await reader.get('/me/tokens', { authorization: `Bearer ${token}` })
  expect(page.url).toContain('/sign-in')
  const form = await reader.post('/me/tokens', filled, { authorization: `Bearer ${token}` })
  expect(form.url).toContain('/sign-in')
  // Nor does reading in Welsh change the language of its owner.
  expect((await asked(token, '/api/v1/listings?lang=cy')).headers.get('content-language')).toBe('cy')
  expect((await asha.get('/me/tokens')).headers.get('content-language')).toBe('en')
})

test('a token counts, and not the cookies that come with it', async () => {
  const answer = await asha.get('/api/v1/listings', { ...json, authorization: 'Bearer nonsense' })
  expect(answer.status).toBe(401)
  expect((await asha.get('/api/v1/listings', json)).status).toBe(200)
})

test('nobody has more than ten tokens', async () => {
  const elin = await signIn(node, 'elin@north.example')
  const wish = { name: 'One', scopes: ['directory:read'] as const, days: 30 }
  const make = () => makePersonalToken(node.app, { id: elin.accountId }, { ...wish, id: node.app.newId() })
  for (let count = 0; count < 9; count += 1) await make()
  const both = await Promise.allSettled([make(), make()])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect((await elin.get('/me/tokens')).text).toContain('You have 10 tokens')
})

test('a form with faults comes back with each of them named', async () => {
  const answer = await asha.post('/me/tokens', { id: '', tokenName: '', tokenDays: '4000' })
  expect(answer.status).toBe(400)
  for (const text of ['Enter what the token is for', 'Choose at least one thing', 'Choose how long'])
    expect(answer.text).toContain(text)
  const fault = (given: Parameters<typeof readTokenWish>[0]) => {
    try {
      return readTokenWish(given)
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      return error.problems.map(({ field, rule }) => `${field} ${rule}`)
    }
  }
  expect(fault({ name: 'x'.repeat(61), scopes: ['everything'], days: '365' })).toEqual([
    'tokenName maxLength',
    'tokenScopes minItems',
  ])
  expect(fault({ name: ' a\u202e\n b ', scopes: ['searches:read', 'directory:read'], days: '365' })).toEqual({
    name: 'a b',
    scopes: ['directory:read', 'searches:read'],
    days: 365,
  })
})

test('only the Bearer scheme is about tokens', () => {
  const token = tokenText(randomToken())
  expect(bearerIn(`Bearer ${token}`)).toBe(token)
  expect(bearerIn(`bearer  ${token}`)).toBe(token)
  expect(bearerIn(`Bearer ${token}x`)).toBe('unreadable')
  expect(bearerIn('Bearer')).toBe('unreadable')
  expect(bearerIn('Basic YTpi')).toBeUndefined()
  expect(bearerIn(undefined)).toBeUndefined()
})
