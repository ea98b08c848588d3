import { sign } from 'node:crypto'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { signIn } from '../../support/sign-in.ts'
import {
  answering,
  aScene,
  aStranger,
  sendRaw,
  tell,
  timeGoesBy,
  type RawAnswer,
  type Scene,
  type Stranger,
} from './scene.ts'
import { anActivity, personIri, post } from './signing.ts'

const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
let scene: Scene

beforeAll(async () => {
  scene = await aScene({ SIDEWAYS_REQUESTS_PER_DAY: '50' })
  expect((await post(scene, { body: anActivity(scene) })).status).toBe(202)
  await scene.quiet()
  scene.logged()
  scene.connected()
})
afterAll(() => scene.close())

async function count(table: string): Promise<number> {
  return (await scene.counts()).get(table) ?? -1
}

function aside(): readonly string[] {
  return [...scene.connected(), ...scene.logged().filter((line) => /^error|\n\s+at /.test(line))]
}

// `pwned` stands in each where a browser would act on it.
const markup = [
  '<script>pwned()</script>',
  '<script src=https://pwned.example></script>',
  '<SCRIPT>pwned</SCRIPT>',
  '<scr<script>ipt>pwned</scr</script>ipt>',
  '<img src=x onerror=pwned()>',
  '<img src="https://pwned.example/x.png">',
  '<svg onload=pwned()>',
  '<svg><script>pwned</script></svg>',
  '<math><mtext></mtext><mglyph><style><img src=x onerror=pwned()>',
  '<a href="javascript:pwned()">x</a>',
  '<a href="java&#x0A;script:pwned()">x</a>',
  '<a href=" &#14; javascript:pwned()">x</a>',
  '<a href="data:text/html,<script>pwned</script>">x</a>',
  '<a href="vbscript:pwned">x</a>',
  '<a style="background:url(https://pwned.example)">x</a>',
  '<style>@import "https://pwned.example/x.css"</style>',
  '<link rel=stylesheet href=https://pwned.example>',
  '<iframe src=https://pwned.example></iframe>',
  '<iframe srcdoc="<script>pwned</script>"></iframe>',
  '<object data=https://pwned.example></object>',
  '<embed src=https://pwned.example>',
  '<form action=https://pwned.example><input name=password></form>',
  '<input autofocus onfocus=pwned()>',
  '<details open ontoggle=pwned()>',
  '<body onload=pwned()>',
  '<base href=https://pwned.example/>',
  '<meta http-equiv=refresh content="0;url=https://pwned.example">',
  '<video><source onerror=pwned()>',
  '<template><img src=x onerror=pwned()></template>',
  '<noscript><p title="</noscript><img src=x onerror=pwned()>">',
  '</blockquote></main><script>pwned</script>',
  '"><script>pwned</script>',
  "'-pwned()-'",
  '{{constructor.constructor("pwned()")()}}',
  '{% raw %}<script>pwned</script>{% endraw %}',
  '<!--><script>pwned</script>-->',
  '<![CDATA[<script>pwned</script>]]>',
  '<p>&lt;script&gt;pwned&lt;/script&gt;</p>',
  '<p>&amp;lt;img src=x onerror=pwned()&amp;gt;</p>',
  '<p>\u202Epwned\u0000\uD800</p>',
  `<p>${'<b>'.repeat(5_000)}pwned`,
  `${'&lt;'.repeat(5_000)}pwned`,
] as const

test('what strangers write is shown as text and nothing else', async () => {
  tell(`${markup.length} messages, seed ${seed}`)
  const asha = personIri(scene, scene.asha)
  for (const [index, html] of markup.entries()) {
    if (index % 8 === 0) timeGoesBy(scene)
    const eve = aStranger(scene.internet, `eve${index}.example`, 'eve')
    const document = { ...eve.document, name: `<img src=x onerror=pwned()> ${html.slice(0, 200)}`, summary: html }
    scene.internet.hosts.set(eve.host, answering(new Map([['/users/eve', document]])))
    const note = {
      id: `${eve.actor}/notes/1`,
      type: 'Note',
      attributedTo: eve.actor,
      to: [asha],
      content: `<p>hello</p>${html}`,
      contentMap: { en: html },
      summary: html,
      tag: [{ type: 'Mention', href: asha, name: '@asha' }],
      attachment: [{ type: 'Document', url: 'https://127.0.0.1/x.png', name: html }],
      url: 'javascript:pwned()',
      inReplyTo: 'https://127.0.0.1/notes/1',
    }
    const body = anActivity(scene, { id: `${eve.actor}#1`, actor: eve.actor, type: 'Create', to: [asha], object: note })
    expect([html, (await post(scene, { by: eve, body })).status]).toEqual([html, 202])
  }
  await scene.quiet()
  const reader = await signIn(scene.node, 'asha@north.example')
  const list = await reader.get('/me/requests')
  const paths = new Set([...list.text.matchAll(/\/me\/requests\/[0-9a-z]+(?=")/g)].map(([path]) => path))
  expect(paths.size).toBeGreaterThan(20)
  const shown = [list.text]
  for (const path of paths) {
    await reader.post(`${path}/open`, {})
    shown.push((await reader.get(path)).text)
  }
  // Most of it is gone altogether; what was written as text stays text.
  expect(shown.filter((text) => text.includes('pwned')).length).toBeGreaterThan(2)
  expect(shown.flatMap((text) => text.match(/<[^>]*pwned[^>]*>|<script[^>]*>[^<]*pwned/gi) ?? [])).toEqual([])
  expect(aside()).toEqual([])
}, 120_000)

/** A request signed by RFC 9421; `bend` changes what is written of it. */
function postSigned(
  by: Stranger,
  bend: {
    readonly covered?: readonly string[]
    readonly parameters?: string
    readonly headers?: (usual: readonly (readonly [string, string])[]) => readonly (readonly [string, string])[]
    readonly digest?: string
    readonly method?: string
  } = {},
): Promise<RawAnswer> {
  const body = Buffer.from(JSON.stringify(anActivity(scene, { type: 'Like' })))
  const digest = bend.digest ?? `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const covered = bend.covered ?? ['@method', '@target-uri', 'content-digest']
  const parameters =
    bend.parameters ?? `;created=${Math.floor(Date.now() / 1000)};keyid="${by.keyId}";alg="rsa-v1_5-sha256"`
  const input = `(${covered.map((name) => `"${name}"`).join(' ')})${parameters}`
  const host = new URL(scene.node.url).host
  const values: Readonly<Record<string, string>> = {
    '@method': bend.method ?? 'POST',
    '@target-uri': `${scene.node.url}/ap/inbox`,
    '@authority': host,
    '@path': '/ap/inbox',
    '@query': '?',
    'content-digest': digest,
  }
  const lines = [...covered.map((name) => `"${name}": ${values[name] ?? ''}`), `"@signature-params": ${input}`]
  const signature = sign('sha256', Buffer.from(lines.join('\n')), by.privateKey).toString('base64')
  const usual = [
    ['host', host],
    ['content-type', 'application/activity+json'],
    ['content-length', String(body.length)],
    ['content-digest', digest],
    ['signature-input', `sig1=${input}`],
    ['signature', `sig1=:${signature}:`],
    ['connection', 'close'],
  ] as const
  const head = (bend.headers?.(usual) ?? usual).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return sendRaw(scene, [`POST /ap/inbox HTTP/1.1\r\n${head}\r\n`, body])
}

test('a signature by RFC 9421 that is wrong in one way is refused', async () => {
  const { mallory, victim } = scene
  const now = Math.floor(Date.now() / 1000)
  const rest = `;keyid="${mallory.keyId}";alg="rsa-v1_5-sha256"`
  const replaced =
    (name: string, change: (value: string) => string) =>
    (usual: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] =>
      usual.map(([one, value]) => [one, one === name ? change(value) : value])
  const twice = (name: string) => (usual: readonly (readonly [string, string])[]) => [
    ...usual,
    ...usual.filter(([one]) => one === name),
  ]
  const cases: Readonly<Record<string, Parameters<typeof postSigned>[1]>> = {
    'the method is not covered': { covered: ['@target-uri', 'content-digest'] },
    'the target is not covered': { covered: ['@method', 'content-digest'] },
    'the path alone is covered': { covered: ['@method', '@path', 'content-digest'] },
    'the host alone is covered': { covered: ['@method', '@authority', 'content-digest'] },
    'the body is not covered': { covered: ['@method', '@target-uri'] },
    'nothing is covered': { covered: [] },
    'something is covered twice': { covered: ['@method', '@method', '@target-uri', 'content-digest'] },
    'something is covered that is not there': { covered: ['@method', '@target-uri', 'content-digest', 'x-none'] },
    'something is covered that nobody knows': { covered: ['@method', '@target-uri', 'content-digest', '@x'] },
    'no time': { parameters: rest },
    'a time two hours ago': { parameters: `;created=${now - 7200}${rest}` },
    'a time in two hours': { parameters: `;created=${now + 7200}${rest}` },
    'a time below zero': { parameters: `;created=-1${rest}` },
    'it has expired': { parameters: `;created=${now};expires=${now - 1}${rest}` },
    'it expires at no time': { parameters: `;created=${now};expires="never"${rest}` },
    'no key': { parameters: `;created=${now};alg="rsa-v1_5-sha256"` },
    'two keys': { parameters: `;created=${now};keyid="${victim.keyId}"${rest}` },
    'the key of another': { parameters: `;created=${now};keyid="${victim.keyId}"` },
    'the key of a private address': { parameters: `;created=${now};keyid="https://127.0.0.1/key"` },
    'the key is a file': { parameters: `;created=${now};keyid="file:///etc/passwd"` },
    'the algorithm none': { parameters: `;created=${now};keyid="${mallory.keyId}";alg="none"` },
    'the algorithm hmac-sha256': { parameters: `;created=${now};keyid="${mallory.keyId}";alg="hmac-sha256"` },
    'the algorithm of another key': { parameters: `;created=${now};keyid="${mallory.keyId}";alg="ed25519"` },
    'another hash': { parameters: `;created=${now};keyid="${mallory.keyId}";alg="rsa-pss-sha512"` },
    'two signatures': { headers: twice('signature') },
    'two inputs': { headers: twice('signature-input') },
    'two signatures in one header': { headers: replaced('signature', (value) => `${value}, sig2=:AAAA:`) },
    'the signature of another name': { headers: replaced('signature', (value) => value.replace('sig1', 'sig2')) },
    'an input that is words': { headers: replaced('signature-input', () => 'sig1=trust me') },
    'an input of 10,000 letters': { headers: replaced('signature-input', (value) => value + ';x="a"'.repeat(2_000)) },
    'an input with a component that has a parameter': {
      headers: replaced('signature-input', (value) => value.replace('"@method"', '"@method";req')),
    },
    'the signature is empty': { headers: replaced('signature', () => 'sig1=::') },
    'the signature is cut': { headers: replaced('signature', (value) => `${value.slice(0, 100)}:`) },
    'the digest is of another body': { digest: `sha-256=:${createHash('sha256').update('x').digest('base64')}:` },
    'the digest is by another hash': { digest: 'md5=:rL0Y20zC+Fzt72VPzMSk2A==:' },
    'one of two digests is wrong': { headers: replaced('content-digest', (value) => `${value}, sha-512=:AAAA:`) },
    'the digest is none': { digest: 'sha-256=hello' },
    'it is signed for another method': { method: 'GET' },
  }
  tell(`${Object.keys(cases).length} signatures by RFC 9421`)
  expect((await postSigned(mallory)).status).toBe(202)
  const faults: string[] = []
  for (const [name, bend] of Object.entries(cases)) {
    const { status } = await postSigned(mallory, bend)
    if (status !== 401 && !(name.includes('10,000') && status === 431)) faults.push(`${name}: ${status}`)
  }
  expect(faults).toEqual([])
  expect(aside()).toEqual([])
}, 60_000)

test('the same bytes again do nothing, here or at another inbox, today or after an Undo', async () => {
  timeGoesBy(scene)
  const date = new Date().toUTCString()
  const by = aStranger(scene.internet, 'rita.example', 'rita')
  const body = anActivity(scene, { id: `${by.actor}#follow`, actor: by.actor })
  expect((await post(scene, { by, body, date })).status).toBe(202)
  await scene.quiet()
  const [followers, received] = [await count('follower'), await count('received_activity')]
  for (let time = 0; time < 5; time += 1) expect((await post(scene, { by, body, date })).status).toBe(202)
  const path = `/ap/people/${scene.asha}/inbox`
  expect((await post(scene, { by, body, date, path, signed: { path: '/ap/inbox' } })).status).toBe(401)
  await scene.quiet()
  expect([await count('follower'), await count('received_activity')]).toEqual([followers, received])
  const undo = anActivity(scene, { id: `${by.actor}#undo`, actor: by.actor, type: 'Undo', object: body })
  expect((await post(scene, { by, body: undo })).status).toBe(202)
  await scene.quiet()
  expect(await count('follower')).toBe(followers - 1)
  // Signed anew for another inbox, by whoever has the key: still the Follow that was taken back.
  expect((await post(scene, { by, body, path })).status).toBe(202)
  await scene.quiet()
  expect(await count('follower')).toBe(followers - 1)
})

test('one key in a hurry is told when to come again, and others are served meanwhile', async () => {
  timeGoesBy(scene)
  const statuses = new Map<number, number>()
  let after = ''
  for (let round = 0; round < 32; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(scene, { body: anActivity(scene, { type: 'Like' }) })),
    )
    for (const { status, head } of answers) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 429) after = /^retry-after: (\d+)/im.exec(head)?.[1] ?? 'none'
    }
  }
  expect(statuses.get(202)).toBe(300)
  expect(statuses.get(429)).toBe(20)
  expect(Number(after)).toBeGreaterThan(0)
  expect(Number(after)).toBeLessThanOrEqual(60)
  const body = anActivity(scene, { id: `${scene.victim.actor}#like`, actor: scene.victim.actor, type: 'Like' })
  expect((await post(scene, { by: scene.victim, body })).status).toBe(202)
}, 60_000)

test('a host that makes up actors, and a domain that makes up hosts, are told to come again', async () => {
  timeGoesBy(scene)
  const answers = new Map<number, number>()
  for (let index = 0; index < 130; index += 1) {
    const { status } = await post(scene, {
      body: anActivity(scene),
      keyId: `https://mallory.example/users/made-up-${index}#key`,
    })
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
  expect([...answers]).toEqual([
    [401, 120],
    [429, 10],
  ])
  const hosts: number[] = []
  for (let index = 0; index < 12; index += 1)
    hosts.push((await post(scene, { body: anActivity(scene), keyId: `https://h${index}.many.example/u#key` })).status)
  expect(hosts).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
  expect(aside()).toEqual([])
}, 60_000)

test('a hundred reports from one server are not a hundred mails, and need no hundred fetches', async () => {
  timeGoesBy(scene)
  const mails = scene.node.mails.length
  const object = [
    personIri(scene, scene.asha),
    ...Array.from({ length: 2_000 }, (_, index) => `https://x${index}.example/`),
  ]
  const texts = fc.sample(fc.string({ maxLength: 200 }), { seed, numRuns: 100 })
  for (const content of texts)
    expect(
      (await post(scene, { body: anActivity(scene, { type: 'Flag', object, content: `<script>${content}` }) })).status,
    ).toBe(202)
  await scene.quiet()
  expect(await count('report')).toBeLessThanOrEqual(50)
  expect(scene.node.mails.length - mails).toBeLessThanOrEqual(50)
  expect(scene.internet.lookedUp.filter((name) => /^x\d+\.example$/.test(name))).toEqual([])
  expect(aside()).toEqual([])
}, 60_000)
