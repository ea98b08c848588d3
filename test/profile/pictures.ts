import sharp from 'sharp'

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
