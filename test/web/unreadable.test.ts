import { aNode } from '../support/node.ts'

// What strangers type, scan for or send by mistake is answered in order, never with "there is a problem with the service".

test.each([
  ['/@%00', 404],
  ['/ap/people/%00/followers', 404],
  ['/ap/people/%00/notes/1', 404],
  ['/administration/people/%00', 404],
  ['/.well-known/webfinger?resource=%00', 404],
  ['/.well-known/webfinger?resource=http://[', 400],
  ['/%', 404],
  ['/directory?lang=xx&text=%', 200],
])('%s is answered with %i', async (path, status) => {
  const node = await theNode
  const { hostname, port } = new URL(node.url)
  const answer = await fetch(`http://${hostname}:${port}${path}`)
  expect(answer.status).toBe(status)
})

test('an address that begins with two slashes leads nowhere else', async () => {
  const node = await theNode
  const changed = await fetch(`${node.url}//evil.example/x?lang=cy`, { redirect: 'manual' })
  expect(changed.headers.get('location')).toBe('/evil.example/x')
  const page = await (await fetch(`${node.url}//evil.example/x`)).text()
  expect(page).not.toContain('href="//')
})

test('a cookie that cannot be read keeps nobody out', async () => {
  const node = await theNode
  const names = (await fetch(`${node.url}/?lang=cy`, { redirect: 'manual' })).headers.getSetCookie()
  const name = names.find((one) => one.includes('language'))?.split('=')[0] ?? ''
  expect((await fetch(node.url, { headers: { cookie: `${name}=%` } })).status).toBe(200)
})

const theNode = aNode()
