import { isRead, type ClaimOptions, type Message } from './cavage.ts'

// One signature over components without parameters, as Mastodon and Fedify write it; anything else is not looked into.
const signatureInput =
  /^[ \t]*[a-z*][a-z0-9_.*-]*=\(((?:"[a-z0-9@-]+" ?)*)\)((?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"[^"\\]*"|\d+))?)*)[ \t]*$/
const longestInput = 4096

/**
 * The key that a signature by RFC 9421 names, or undefined where it covers too little or has ended. What must be covered is up to
 * the verifier (RFC 9421 3.2.1): the method, the whole target, and the body of a POST. Whether it holds is checked elsewhere.
 */
export function messageKeyId(message: Message, now: Date, { queryMayBeUnsigned }: ClaimOptions): URL | undefined {
  const { method, target, headers } = message
  const input = headers.get('signature-input') ?? ''
  const [, list = '', parameters = ''] = (input.length > longestInput ? null : signatureInput.exec(input)) ?? []
  const covered = new Set(Array.from(list.matchAll(/"([^"]*)"/g), ([, name]) => name))
  const coversQuery = !target.includes('?') || queryMayBeUnsigned || covered.has('@query')
  const coversTarget = covered.has('@target-uri') || (covered.has('@authority') && covered.has('@path') && coversQuery)
  const coversBody = isRead(method) || covered.has('content-digest')
  const expires = /; *expires=(\d+)/.exec(parameters)?.[1]
  const isOver = expires !== undefined && Number(expires) * 1000 < now.getTime()
  const [[, id] = [], another] = [...parameters.matchAll(/; *keyid="([^"]*)"/g)]
  const keyId = id === undefined ? null : URL.parse(id)
  if (!covered.has('@method') || !coversTarget || !coversBody || isOver || another || !keyId) return undefined
  return keyId
}
