import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { callOff } from '../../src/chats/actions.ts'
import { rows } from '../../src/database/database.ts'
import { readByBoth } from '../support/calendar.ts'
import { agreed, anOpenResident, asked, aSlot } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'

// A real mail server takes the mails, and parsers that are not ours read them and the event in them.

type Received = { readonly raw: string; readonly mail: Email }

let server: SMTPServer
let node: TestNode
let [asha, grace]: Resident[] = []
const received: Received[] = []
let dropsAfterTaking = 0

/** What the server says once it has a mail: that it failed, as often as a test wants it. */
function broken(): Error | null {
  if (dropsAfterTaking === 0) return null
  dropsAfterTaking -= 1
  return Object.assign(new Error('not now'), { responseCode: 451 })
}

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const raw = Buffer.concat(parts)
        PostalMime.parse(raw)
          .then((mail) => received.push({ raw: raw.toString(), mail }))
          .then(() => done(broken()), done)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.server.address()
  node = await aNode({
    mail: 'by SMTP',
    settings: {
      SIDEWAYS_SMTP_URL: `smtp://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
      SIDEWAYS_MAIL_FROM: 'Sideways at North Council <peers@north.example>',
    },
  })
  asha = await anOpenResident(node, 'asha', 'Asha Rao')
  grace = await anOpenResident(node, 'grace', 'Siân Ŵyn, “Caerdydd”')
})

afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

beforeEach(() => {
  received.length = 0
})

const ofReader = (handle: string): Received[] =>
  received.filter(({ mail }) => mail.to?.some(({ address }) => address === `${handle}@north.example`))

function eventIn({ mail, raw }: Received, method: 'REQUEST' | 'CANCEL') {
  // What Outlook and Gmail look for: the event as one of the forms of the mail, its method in its type.
  expect(raw).toMatch(new RegExp(`^Content-Type: text/calendar; charset=utf-8; method=${method}\\r?$`, 'm'))
  expect(raw).toContain('multipart/alternative')
  const files = mail.attachments.filter(({ mimeType }) => /calendar|ics/.test(mimeType))
  expect(files.map(({ filename }) => filename)).toContain('invite.ics')
  const texts = files.map(({ content }) =>
    typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString(),
  )
  expect(new Set(texts).size).toBe(1)
  const event = readByBoth(texts[0] ?? '')
  expect(event.method).toBe(method)
  return event
}

test('a yes and its end go out by SMTP as text, HTML and one event, in whatever letters a name has', async () => {
  const slot = aSlot(node)
  if (!asha || !grace) throw new Error('nobody')
  const id = await asked(node, grace, 'Asha Rao', [slot])
  expect(await node.settle()).toEqual([])
  const first = ofReader('asha')[0]
  expect(first?.mail.subject).toBe('Siân Ŵyn, “Caerdydd” asks you for a peer chat')
  for (const link of first?.mail.text?.match(/http\S+/g) ?? ['none']) expect(first?.mail.html).toContain(link)
  expect(first?.raw).not.toContain('text/calendar')

  received.length = 0
  await agreed(node, asha, slot)
  expect(await node.settle()).toEqual([])
  expect(received).toHaveLength(2)
  const [hers, theirs] = [ofReader('asha')[0], ofReader('grace')[0]]
  if (!hers || !theirs) throw new Error('no mail')
  const put = eventIn(hers, 'REQUEST')
  expect(put).toMatchObject({ ...slot, title: 'Peer chat with Siân Ŵyn, “Caerdydd”' })
  expect(put).toMatchObject({ organizer: 'mailto:peers@north.example', readers: ['mailto:asha@north.example'] })
  expect(eventIn(theirs, 'REQUEST')).toMatchObject({ uid: put.uid, sequence: put.sequence })
  expect(hers.mail.from).toMatchObject({ address: 'peers@north.example' })

  received.length = 0
  await callOff(node.app, grace.id, id)
  expect(await node.settle()).toEqual([])
  const off = ofReader('asha')[0]
  expect(off && eventIn(off, 'CANCEL')).toMatchObject({ uid: put.uid, ...slot, status: 'CANCELLED' })
})

test('a mail that broke off after it was taken comes again with the same event, so that no calendar has it twice', async () => {
  await rows(node.app.db, 'truncate chat, chat_pause, chat_arrival, chat_tally cascade')
  if (!asha || !grace) throw new Error('nobody')
  await asked(node, grace, 'Asha Rao')
  expect(await node.settle()).toEqual([])
  received.length = 0
  dropsAfterTaking = 1
  await agreed(node, asha)
  expect(await node.settle()).toEqual(['the mail server did not take a mail: EMESSAGE 451'])
  await rows(
    node.app.db,
    `update graphile_worker._private_jobs set run_at = timestamptz '2000-01-01' where attempts > 0`,
  )
  expect(await node.settle()).toEqual([])
  const events = received.map((one) => eventIn(one, 'REQUEST'))
  expect(events).toHaveLength(3)
  expect(new Set(events.map(({ uid, sequence }) => `${String(uid)} ${String(sequence)}`)).size).toBe(1)
})
