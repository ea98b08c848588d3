import type { Level } from './profile.ts'

/** What every picture is made into, whatever was uploaded: the one format that all servers show. */
export const pictureType = 'image/jpeg'

/** The name of a picture's file, from a random id. */
export function pictureName(id: string): string {
  return `${id}.jpg`
}

/** The longest side of a picture in pixels, and its weight in bytes (FEDERATION.md, Limits). */
export const largestSide = 400
export const largestPicture = 256 * 1024

/** What may be uploaded, in bytes and in pixels before it is made smaller. */
export const largestUpload = 5 * 1024 * 1024
export const mostPixels = 30_000_000

/** What a file is by its first bytes; its name and what the browser says of it count for nothing. */
export type PictureKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

/** The kind of a picture that can be taken; undefined for anything else. */
export function pictureKind(file: Uint8Array): PictureKind | undefined {
  const text = Buffer.from(file.subarray(0, 32)).toString('latin1')
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'jpeg'
  if (text.startsWith('\u0089PNG\r\n\u001a\n')) return 'png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif'
  return text.slice(4, 8) === 'ftyp' && /^avi[fs]/.test(text.slice(8)) ? 'avif' : undefined
}

/** Whose picture is asked for, who asks, and where its owner is listed at this moment. */
export type PictureAsked = {
  readonly level: Level
  readonly isOwner: boolean
  readonly isMember: boolean
  readonly isHere: boolean
  readonly isPublic: boolean
}

/** How far a picture may be read by whoever asks: by everyone, by her alone who asks, or not at all. */
export function pictureReach({ level, ...asked }: PictureAsked): 'everyone' | 'reader' | undefined {
  if (level === 5 && asked.isPublic) return 'everyone'
  if (asked.isOwner) return 'reader'
  return level >= 3 && asked.isMember && asked.isHere ? 'reader' : undefined
}
