import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { paths } from '../../src/common/paths.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'

// A real mail server takes what the node sends, and a parser that is not ours reads it.

type Received = { readonly from: string; readonly to: readonly string[]; readonly mail: Email }

let server: SMTPServer
let node: TestNode
const received: Received[] = []
let refusals = 0

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(address, _session, done) {
      if (refusals === 0) return done()
      refusals -= 1
      // As servers do, this one repeats the address.
      done(Object.assign(new Error(`<${address.address}>: the mailbox is busy`), { responseCode: 451 }))
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(({ address }) => address)
        PostalMime.parse(Buffer.concat(parts))
          .then((mail) => received.push({ from, to, mail }))
          .then(() => done(), done)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  node = await aNode({
    mail: 'by SMTP',
    settings: {
      SIDEWAYS_SMTP_URL: `smtp://127.0.0.1:${port}`,
      SIDEWAYS_MAIL_FROM: 'Sideways at North Council <peers@north.example>',
      SIDEWAYS_JOIN: 'domains',
      SIDEWAYS_MAIL_DOMAINS: 'north.example',
    },
  })
})

afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

async function linkFor(mail: string, language: 'en' | 'cy'): Promise<Received | undefined> {
  const reader = aReader(node.url)
  await reader.get(`${paths.signIn}?lang=${language}`)
  await reader.post(paths.signIn, { mail })
  expect(await node.settle()).toEqual([])
  return received.find(({ to }) => to.includes(mail))
}

test.each([
  ['en', 'asha@north.example', '30 minutes'],
  ['cy', 'sian@north.example', '30 munud'],
] as const)(
  'a sign-in mail goes out by SMTP, as text and as HTML with the same link (%s)',
  async (language, address, works) => {
    const found = await linkFor(address, language)
    expect(found).toMatchObject({ from: 'peers@north.example', to: [address] })
    const { mail } = found ?? {}
    expect(mail?.from).toMatchObject({ name: 'Sideways at North Council', address: 'peers@north.example' })
    expect(mail?.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }))
    const link = /http:\/\/\S+\/sign-in\/link\?token=[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? 'no link'
    expect(mail?.html).toContain(`href="${link}"`)
    for (const text of [mail?.text, mail?.html]) expect(text).toContain(works)

    const elsewhere = aReader(node.url)
    const asked = await elsewhere.get(link)
    expect(asked.status).toBe(200)
    const url = new URL(link)
    const signedIn = await elsewhere.post(url.pathname, { token: url.searchParams.get('token') ?? '' })
    expect(signedIn.status).toBe(200)
    expect((await elsewhere.get(paths.myProfile)).status).toBe(200)
  },
)

test('a mail that the server does not take now is tried again, with a link that works', async () => {
  refusals = 1
  const reader = aReader(node.url)
  await reader.post(paths.signIn, { mail: 'grace@north.example' })
  const failures = await node.settle()
  expect(failures).toHaveLength(1)
  expect(failures[0]).toBe('the mail server did not take a mail: EENVELOPE 451')
  expect(failures[0]).not.toContain('grace')
  expect(received.some(({ to }) => to.includes('grace@north.example'))).toBe(false)
  await retryNow()
  expect(await node.settle()).toEqual([])
  const found = received.find(({ to }) => to.includes('grace@north.example'))
  expect(found?.mail.text).toMatch(/token=[\w-]{43}/)
})

test('a mail that comes again tells mail programs how one POST ends it, and others have no such header', async () => {
  const keys = (found: Received | undefined): unknown =>
    found?.mail.headers.filter(({ key }) => key.startsWith('list-')).map(({ key, value }) => [key, value])
  const unsubscribe = `${node.url}/searches/stop/now?token=${'x'.repeat(90)}`
  await node.app.mail.send({ to: 'hedd@north.example', subject: 'New', text: 'Somebody', unsubscribe })
  expect(keys(received.find(({ to }) => to.includes('hedd@north.example')))).toEqual([
    ['list-unsubscribe', `<${unsubscribe}>`],
    ['list-unsubscribe-post', 'List-Unsubscribe=One-Click'],
  ])
  expect(keys(await linkFor('ifan@north.example', 'en'))).toEqual([])
})

/** What waits for its next try is tried now. */
async function retryNow(): Promise<void> {
  await node.app.db.pool.query(
    `update graphile_worker._private_jobs set run_at = timestamptz '2000-01-01' where attempts > 0`,
  )
}
