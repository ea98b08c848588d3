import sharp from 'sharp'
import type { Reader } from '../support/browser.ts'

/** A picture of some size, made here. */
export function plainPicture(
  format: 'jpeg' | 'png' | 'webp' | 'gif' | 'avif',
  width: number,
  height: number,
  background = '#4488cc',
): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format, format === 'avif' ? { effort: 0 } : {})
    .toBuffer()
}

/** A photo as a telephone makes it: with the place, the time and a comment. */
export function photoWithPlace(): Promise<Buffer> {
  return sharp({ create: { width: 600, height: 800, channels: 3, background: '#88aa44' } })
    .withExif({
      IFD0: { Make: 'Telephone', ImageDescription: 'Secret Clinic, ward 3', DateTime: '2026:11:01 08:00:00' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 29/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '3/1 10/1 0/1' },
    })
    .jpeg()
    .toBuffer()
}

export type Upload = {
  readonly file?: Buffer
  /** What the browser says of the file; it counts for nothing. */
  readonly name?: string
  readonly type?: string
  readonly alt?: string
  readonly level?: string
}

/** Sends the form of the page about pictures as a browser would. Returns the status and the page that follows. */
export async function uploadPicture(
  origin: string,
  reader: Reader,
  upload: Upload,
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin', origin },
): Promise<{ readonly status: number; readonly text: string }> {
  const body = new FormData()
  if (upload.file)
    body.set(
      'picture',
      new Blob([new Uint8Array(upload.file)], { type: upload.type ?? 'image/jpeg' }),
      upload.name ?? 'a.jpg',
    )
  body.set('alt', upload.alt ?? 'Asha at her desk')
  body.set('level', upload.level ?? '3')
  const answer = await fetch(new URL('/me/profile/picture', origin), {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { ...headers, cookie: [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  })
  return { status: answer.status, text: await answer.text() }
}
