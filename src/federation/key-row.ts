/** One key pair of an actor as it is made. */
export type KeyRow = { readonly kind: 'rsa' | 'ed25519'; readonly private_jwk: string; readonly public_jwk: string }

/** The same as it is kept: `number` is 1 for the first pair, and one more after each change. */
export type NumberedKeyRow = KeyRow & { readonly number: number }

/** How the Ed25519 key of that number of an actor is named, in its document and in proofs. */
export function verificationMethodOf(actor: string, number: number): string {
  return `${actor}#ed25519-${number}`
}
