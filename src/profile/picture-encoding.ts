import sharp from 'sharp'
import { InvalidInput } from '../common/errors.ts'
import { largestPicture, largestSide, mostPixels, pictureKind, type PictureKind } from './picture.ts'

sharp.cache(false)
sharp.concurrency(1)

// What sharp calls the formats that we take.
const formats: Readonly<Record<PictureKind, string>> = {
  jpeg: 'jpeg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  avif: 'heif',
}
const qualities = [84, 72, 58, 40, 20]
const longestSeconds = 10

// A picture may take 100 MB while it is read: one at a time, whoever asks.
let last: Promise<unknown> = Promise.resolve()

/**
 * A square JPEG of at most 400 by 400 pixels and 256 KiB out of an uploaded picture, the middle of it, turned as it was held, and
 * without anything else that was in the file. InvalidInput for what is no picture that can be read, or one that is too large.
 */
export function encodedPicture(file: Buffer): Promise<Buffer> {
  const mine = last.then(() => encode(file))
  last = mine.catch(() => undefined)
  return mine
}

async function encode(file: Buffer): Promise<Buffer> {
  const kind = pictureKind(file)
  if (kind === undefined) throw faulty('kind')
  try {
    const options = { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true, pages: 1 } as const
    const { width, height, format } = await sharp(file, options).metadata()
    if (format !== formats[kind]) throw faulty('kind')
    const side = Math.min(largestSide, width, height)
    for (const quality of qualities) {
      const made = await sharp(file, options)
        .timeout({ seconds: longestSeconds })
        .autoOrient()
        .resize(side, side, { fit: 'cover' })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .jpeg({ quality, mozjpeg: true })
        .toBuffer()
      if (made.length <= largestPicture) return made
    }
    throw faulty('unreadable')
  } catch (error) {
    if (error instanceof InvalidInput) throw error
    // Whatever libvips has against a stranger's file, it is not a picture for us.
    throw faulty(/pixel limit/i.test(String(error)) ? 'pixels' : 'unreadable')
  }
}

function faulty(rule: 'kind' | 'pixels' | 'unreadable'): InvalidInput {
  return new InvalidInput([{ field: 'picture', rule, detail: { limit: mostPixels / 1_000_000 } }])
}
