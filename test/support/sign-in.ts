import { consoleLink } from '../../src/accounts/actions.ts'
import { mailAddress } from '../../src/accounts/account.ts'
import { rows } from '../../src/database/database.ts'
import { aReader, type Reader } from './browser.ts'
import type { TestNode } from './node.ts'

export type SignedIn = Reader & { readonly accountId: string; readonly mail: string }

/** Somebody signed in on a node through a real one-time link. Her account is made, active, unless the address has one. */
export async function signIn(
  node: TestNode,
  mail: string,
  role: 'member' | 'administrator' = 'member',
): Promise<SignedIn> {
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, $3, 'active', 'en', $4) on conflict (mail) do nothing`,
    [node.app.newId(), mailAddress(mail), role, node.time],
  )
  const link = new URL(await consoleLink(node.app, node.url, { mail, makeAdministrator: role === 'administrator' }))
  const reader = aReader(node.url)
  const answer = await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
  if (answer.status >= 400) throw new Error(`could not sign ${mail} in: ${answer.status}`)
  const [account] = await rows<{ id: string }>(node.app.db, 'select id from account where mail = $1', [
    mailAddress(mail),
  ])
  return Object.assign(reader, { accountId: account?.id ?? '', mail: mailAddress(mail) })
}

/** The link in the newest mail to an address. */
export function linkInMail(node: TestNode, mail: string): string {
  const newest = node.mails.findLast(({ to }) => to === mailAddress(mail))
  const link = /https?:\/\/\S+/.exec(newest?.text ?? '')?.[0]
  if (link === undefined) throw new Error(`no mail to ${mail} with a link`)
  return link
}
