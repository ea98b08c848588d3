import type { RequestHandler, Request as ExpressRequest } from 'express'
import type { App } from '../app.ts'
import type { NodeFederation } from './federation.ts'
import { webRequest } from './signer.ts'

/**
 * Puts Fedify into Express, before any body parser: signatures cover raw bytes. One address serves an actor's JSON to
 * servers and goes on to our pages for people. The origin is our own setting, never a header.
 */
export function federationRoutes(app: App, federation: NodeFederation): RequestHandler[] {
  return [
    async (request, response, next) => {
      if (!isFederation(request)) return next()
      if (!hasReadableResource(request)) return void response.status(400).type('text').send('Invalid resource.\n')
      let passOn = false
      const skip = (): Response => {
        passOn = true
        return new Response(null, { status: 404 })
      }
      const answer = await federation.fetch(webRequest(app.config.origin, request), {
        contextData: app,
        onNotFound: skip,
        onNotAcceptable: skip,
      })
      if (passOn) {
        // A page may answer people here; a server that asked for JSON gets a plain 404.
        if (request.path.startsWith('/ap/') || request.path === '/actor' || request.path.startsWith('/.well-known/'))
          return void response.status(404).type('text').send('Not found\n')
        return next()
      }
      for (const [name, value] of answer.headers) response.append(name, value)
      response.status(answer.status)
      // What a signature opened is for its signer alone: no shared cache may keep a person in partner scope.
      const isSigned = request.get('signature') !== undefined || request.get('signature-input') !== undefined
      response.set('cache-control', isSigned || answer.status !== 200 ? 'private, no-store' : 'public, max-age=60')
      response.end(Buffer.from(await answer.arrayBuffer()))
    },
  ]
}

// A request line may hold a whole address, as for a proxy; that is nobody's of ours.
// And one with dots or backslashes would be another address to Fedify, which reads it as a browser does, than it is to us.
function isOurs({ originalUrl, path }: ExpressRequest): boolean {
  return originalUrl.startsWith('/') && URL.parse(originalUrl, 'http://this.node')?.pathname === path
}

// What WebFinger is asked about (RFC 7033 4.1): Fedify fails on an address that is none.
function hasReadableResource(request: ExpressRequest): boolean {
  const resource = request.query['resource']
  if (request.path !== '/.well-known/webfinger' || resource === undefined) return true
  return typeof resource === 'string' && URL.canParse(resource)
}

function isFederation(request: ExpressRequest): boolean {
  if (!isOurs(request)) return false
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  // Fedify would serve the node's actor under a second address.
  if (request.path === '/ap/actor') return false
  return (
    request.path === '/actor' ||
    request.path.startsWith('/ap/') ||
    request.path === '/.well-known/webfinger' ||
    request.path === '/.well-known/nodeinfo' ||
    request.path === '/nodeinfo/2.1'
  )
}
