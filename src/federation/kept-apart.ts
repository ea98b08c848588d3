import type { RequestHandler } from 'express'
import type { App } from '../app.ts'
import { ownerOfPerson } from '../listing/owner-views.ts'
import { hasBlocks, isBlockedFor, isRefusedHost } from '../safety/block-views.ts'
import { nothing } from './answering.ts'
import { claimIn, signerOf } from './signer.ts'

/**
 * Answers 404 to a signed request for a person, or anything of hers, from a refused host, from somebody whom she blocked, or from
 * somebody who blocked her. Nothing tells it from an unknown name. A request that is not signed says nobody's name, and goes on.
 */
export function keptApart(app: App): RequestHandler {
  return async (request, response, next) => {
    const personId = personIn(request.path)
    if (personId === undefined || request.headers['signature'] === undefined || request.method === 'POST') return next()
    if (await isApart(app, request, personId)) nothing(response)
    else next()
  }
}

// Routers read what is encoded, and take any case.
function personIn(path: string): string | undefined {
  try {
    return /^\/ap\/people\/([0-9a-z]{4,40})(?:\/|$)/i.exec(decodeURIComponent(path))?.[1]?.toLowerCase()
  } catch {
    return undefined // no router reads it either
  }
}

async function isApart(app: App, request: Parameters<RequestHandler>[0], personId: string): Promise<boolean> {
  const claim = claimIn(app, request, { queryMayBeUnsigned: true })
  if (!claim) return false
  if (await isRefusedHost(app.db, claim.keyId.host)) return true
  const owner = await ownerOfPerson(app.db, personId)
  if (!owner || !(await hasBlocks(app.db, owner.accountId))) return false
  const signer = await signerOf(app, request, { queryMayBeUnsigned: true })
  return signer !== undefined && isBlockedFor(app.db, owner.accountId, { actor: signer.actor, host: claim.keyId.host })
}
