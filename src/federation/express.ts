import express, { type RequestHandler, type Request as ExpressRequest, type Response as ExpressResponse } from 'express'
import type { App } from '../app.ts'
import type { NodeFederation } from './federation.ts'
import { signsEnough, webRequest } from './signed.ts'

/** The largest body that an inbox reads: 256 KiB (FEDERATION.md, Limits). */
const bodyLimit = 256 * 1024

const readRaw = express.raw({ type: () => true, limit: bodyLimit })

/**
 * Puts Fedify into Express, before any body parser: signatures cover raw bytes. One address serves an actor's JSON to
 * servers and goes on to our pages for people. The origin is our own setting, never a header.
 */
export function federationRoutes(app: App, federation: NodeFederation): RequestHandler[] {
  return [
    (request, response, next) => {
      if (!concernsInbox(request)) return next()
      if (request.get('signature') === undefined && request.get('signature-input') === undefined) {
        // Fedify could accept a proof in the body; no server that we know sends one without a signature.
        return unsigned(response)
      }
      readRaw(request, response, (error: unknown) => {
        if (error) return void response.status(413).type('text').send(`At most ${bodyLimit} bytes.\n`)
        // Proofs inside a body are Fedify's; a signature that covers next to nothing could be somebody's from elsewhere.
        try {
          if (!Buffer.isBuffer(request.body) || !signsEnough(app, request, request.body)) return unsigned(response)
        } catch (failure) {
          return next(failure) // thrown in a callback of the body reader, it would end the process
        }
        next()
      })
    },
    async (request, response, next) => {
      if (!isFederation(request)) return next()
      if (!hasReadableResource(request)) return void response.status(400).type('text').send('Invalid resource.\n')
      let passOn = false
      const skip = (): Response => {
        passOn = true
        return new Response(null, { status: 404 })
      }
      const body = Buffer.isBuffer(request.body) ? request.body : undefined
      const answer = await federation.fetch(webRequest(app.config.origin, request, body), {
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
      if (request.method !== 'POST')
        response.set('cache-control', isSigned || answer.status !== 200 ? 'private, no-store' : 'public, max-age=60')
      response.end(Buffer.from(await answer.arrayBuffer()))
    },
  ]
}

function unsigned(response: ExpressResponse): void {
  response
    .status(401)
    .type('text')
    .send('Sign the request: method, target, host, date and digest (draft-cavage-http-signatures-12 or RFC 9421).\n')
}

// A request line may hold a whole address, as for a proxy; that is nobody's of ours.
function isOurs(request: ExpressRequest): boolean {
  return request.originalUrl.startsWith('/')
}

function concernsInbox(request: ExpressRequest): boolean {
  return (
    isOurs(request) &&
    request.method === 'POST' &&
    (request.path === '/ap/inbox' || /^\/ap\/.+\/inbox$/.test(request.path))
  )
}

// What WebFinger is asked about (RFC 7033 4.1): Fedify fails on an address that is none.
function hasReadableResource(request: ExpressRequest): boolean {
  const resource = request.query['resource']
  if (request.path !== '/.well-known/webfinger' || resource === undefined) return true
  return typeof resource === 'string' && URL.canParse(resource)
}

function isFederation(request: ExpressRequest): boolean {
  if (!isOurs(request)) return false
  if (request.method === 'POST') return concernsInbox(request)
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
