/** One key pair of an actor as it is kept. */
export type KeyRow = { readonly kind: 'rsa' | 'ed25519'; readonly private_jwk: string; readonly public_jwk: string }
