import { accountByMail } from '../../src/accounts/views.ts'
import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'

let node: TestNode
beforeAll(async () => {
  node = await aNode()
})

describe('a change that another site asks for', () => {
  const body = new URLSearchParams({ mail: 'ana@north.example' })
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${node.url}/sign-in`, { method: 'POST', body, headers, redirect: 'manual' })).status

  it('is refused when its Origin is another', async () => {
    expect(await ask({ origin: 'https://evil.example' })).toBe(403)
    expect(await ask({ origin: 'null' })).toBe(403)
  })

  it('is refused when the browser says cross-site or same-site, whatever the Origin says', async () => {
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await ask({ 'sec-fetch-site': 'same-site', origin: node.url })).toBe(403)
    expect(await ask({ 'sec-fetch-site': 'none', origin: node.url })).toBe(403)
  })

  it('is refused when nothing says where it comes from', async () => {
    expect(await ask({})).toBe(403)
  })

  it('is taken when it comes from our own page', async () => {
    expect(await ask({ 'sec-fetch-site': 'same-origin' })).toBe(303)
    expect(await ask({ origin: node.url })).toBe(303)
  })

  it('changes nothing for somebody who is signed in', async () => {
    const admin = await signIn(node, 'admin@north.example', 'administrator')
    const answer = await admin.post(
      '/administration/people/invite',
      { addresses: 'a@b.example' },
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    )
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('This request did not come from our own pages')
    expect(await rows(node.app.db, 'select 1 from invitation')).toEqual([])
  })
})

describe('the headers of a page', () => {
  it('allow our own scripts, styles and forms only, no frames, and do not name the software', async () => {
    const { headers } = await fetch(node.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("form-action 'self'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  it('give every page another nonce, which its one inline line carries', async () => {
    const answers = await Promise.all([fetch(node.url), fetch(node.url)])
    const nonces = answers.map(
      ({ headers }) => /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? '',
    )
    expect(new Set(nonces).size).toBe(2)
    expect(await answers[0]?.text()).toContain(`<script nonce="${nonces[0]}">`)
  })

  it('keep what a signed-in person sees out of every cache', async () => {
    const reader = await signIn(node, 'cache@north.example')
    expect((await reader.get('/')).headers.get('cache-control')).toBe('no-store')
    expect((await aReader(node.url).get('/')).headers.get('cache-control')).toBe('private, no-cache')
  })

  it('set cookies that scripts and other sites do not get', async () => {
    const link = await fetch(`${node.url}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ mail: 'a@b.example' }),
      headers: { 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    })
    const cookie = link.headers.getSetCookie().find((one) => one.includes('-browser-')) ?? ''
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
  })

  it('on https: Secure cookies with the __Host- prefix, and HSTS', async () => {
    const https = await aNode({ settings: { SIDEWAYS_ORIGIN: 'https://peers.north.example', PORT: '0' } })
    const { port } = https.app.config
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ mail: 'a@b.example' }),
      headers: { 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    })
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('__Host-sideways-browser=')) ?? ''
    expect(cookie).toContain('Secure')
    expect(cookie).toContain('Path=/')
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=31536000')
  })

  it('a reader who is signed out and only looks gets no session', async () => {
    const reader = aReader(node.url)
    await reader.get('/')
    await reader.get('/about')
    expect([...reader.cookies.keys()]).toEqual([])
  })
})

describe('languages', () => {
  it('switching keeps the page and its questions, and drops the parameter from the address', async () => {
    const reader = aReader(node.url)
    const answer = await reader.get('/sign-in?return=%2Fabout&lang=cy')
    expect(answer.url).toBe('/sign-in?return=%2Fabout')
    expect(answer.text).toContain('<html lang="cy"')
    expect((await reader.get('/about')).text).toContain('Beth yw Sideways')
  })

  it('a switch never leads to another site', async () => {
    const answer = await fetch(`${node.url}//evil.example/?lang=cy`, { redirect: 'manual' })
    expect(answer.headers.get('location') ?? '/').toMatch(/^\/(?!\/)/)
  })

  it('somebody who is signed in keeps her language for her mails and her next browser', async () => {
    const reader = await signIn(node, 'mair@north.example')
    await reader.get('/about?lang=cy')
    expect((await accountByMail(node.app.db, 'mair@north.example'))?.language).toBe('cy')
    const elsewhere = await signIn(node, 'mair@north.example')
    expect((await elsewhere.get('/about')).text).toContain('Beth yw Sideways')
  })

  it('a browser that asks for Welsh gets it', async () => {
    const answer = await aReader(node.url).get('/', { 'accept-language': 'cy-GB,en;q=0.5' })
    expect(answer.headers.get('content-language')).toBe('cy')
  })
})

describe('what is not there', () => {
  it('is said in both languages', async () => {
    const english = await aReader(node.url).get('/nowhere')
    expect(english.status).toBe(404)
    expect(english.text).toContain('There is no page here')
    const welsh = await aReader(node.url).get('/nowhere', { 'accept-language': 'cy' })
    expect(welsh.text).toContain('Does dim tudalen yma')
  })

  it('is said to programs as a problem document', async () => {
    const answer = await fetch(`${node.url}/nowhere`, { headers: { accept: 'application/json' } })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 404, type: `${node.url}/docs/error-codes#not-found` })
  })

  it('a page that breaks says so without a word about why', async () => {
    const broken = await aNode()
    await rows(broken.app.db, 'alter table sign_in_request rename to gone')
    const answer = await aReader(broken.url).get(`/sign-in/link?token=${'x'.repeat(43)}`)
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('Sorry, there is a problem with the service')
    expect(answer.text).not.toMatch(/sign_in_request|select|relation|\.ts/)
  })

  it('a form that is too large is refused', async () => {
    const answer = await aReader(node.url).post('/sign-in', { mail: 'x'.repeat(70_000) })
    expect(answer.status).toBe(413)
  })
})
