import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signAllowList, type ListDraft } from '../../src/partners/allow-list.ts'

/** A steward body: a key, and a place on the web where it puts its list. */
export type Steward = {
  readonly url: string
  readonly origin: string
  /** Signs these directories at that time and puts the list up. */
  put(items: ListDraft['items'], at: Date): void
  /** Puts up whatever is given, or answers with that status. */
  putText(text: string, status?: number): void
  /** Sends whoever asks on to there. */
  redirectTo(url: string | undefined): void
  /** Loses its key and makes another. */
  changeKey(): void
  readonly text: string
}

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

export async function aSteward(): Promise<Steward> {
  let keys = generateKeyPairSync('ed25519')
  const served = { text: '', status: 200, location: undefined as string | undefined }
  const server = createServer((request, response) => {
    if (served.location !== undefined && request.url === '/list.json') {
      response.writeHead(302, { location: served.location }).end()
      return
    }
    response.writeHead(served.status, { 'content-type': 'application/json' }).end(served.text)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const url = `${origin}/list.json`
  return {
    url,
    origin,
    put(items, at) {
      const draft = { id: url, name: 'Nodes of the public service', steward: 'Association of Councils', items }
      served.text = JSON.stringify(signAllowList(draft, keys, at))
      served.status = 200
    },
    putText(text, status = 200) {
      served.text = text
      served.status = status
    },
    redirectTo(location) {
      served.location = location
    },
    changeKey() {
      keys = generateKeyPairSync('ed25519')
    },
    get text() {
      return served.text
    },
  }
}
