import sharp from 'sharp'
import { InvalidInput } from '../../src/common/errors.ts'
import { encodedPicture } from '../../src/profile/picture-encoding.ts'
import { pictureKind, pictureReach, largestPicture } from '../../src/profile/picture.ts'
import { photoWithPlace, plainPicture } from './pictures.ts'

async function ruleOf(file: Buffer): Promise<string> {
  const failure: unknown = await encodedPicture(file).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure === undefined) return 'taken'
  if (!(failure instanceof InvalidInput)) throw failure
  return failure.problems.map(({ field, rule }) => `${field} ${rule}`).join()
}

test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('a %s becomes a small square JPEG', async (format) => {
  const made = await encodedPicture(await plainPicture(format, 900, 600))
  expect(await sharp(made).metadata()).toMatchObject({ format: 'jpeg', width: 400, height: 400 })
  expect(made.length).toBeLessThan(largestPicture)
})

test('a picture smaller than 400 pixels is not blown up', async () => {
  const made = await encodedPicture(await plainPicture('png', 90, 60))
  expect(await sharp(made).metadata()).toMatchObject({ width: 60, height: 60 })
})

test('where and when a photo was taken, and everything else beside the picture, is gone', async () => {
  const photo = await photoWithPlace()
  expect((await sharp(photo).metadata()).exif).toBeDefined()
  expect(photo.includes('Secret Clinic')).toBe(true)
  const made = await encodedPicture(photo)
  const { exif, icc, iptc, xmp, comments, orientation } = await sharp(made).metadata()
  expect([exif, icc, iptc, xmp, comments, orientation]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(made.includes('Secret Clinic')).toBe(false)
})

test('a photo is turned as it was held', async () => {
  // A wide picture, red on the left, held so that its left is the top.
  const left = await sharp({ create: { width: 50, height: 100, channels: 3, background: '#ff0000' } })
    .png()
    .toBuffer()
  const photo = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#0000ff' } })
    .composite([{ input: left, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const { data, info } = await sharp(await encodedPicture(photo))
    .raw()
    .toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)]
  expect(at(50, 10)[0]).toBeGreaterThan(200) // red above
  expect(at(50, 90)[2]).toBeGreaterThan(200) // blue below
})

test('what a picture lets through is white, not black', async () => {
  const clear = await sharp({
    create: { width: 50, height: 50, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer()
  const pixels = await sharp(await encodedPicture(clear))
    .raw()
    .toBuffer()
  expect(Math.min(...pixels)).toBeGreaterThan(250)
})

test('noise, which hardly gets smaller, still fits into 256 KiB', async () => {
  const noise = await sharp({
    create: {
      width: 400,
      height: 400,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 120 },
    },
  })
    .png()
    .toBuffer()
  expect((await encodedPicture(noise)).length).toBeLessThanOrEqual(largestPicture)
})

test('what hides behind or in a picture does not come along', async () => {
  const polyglot = Buffer.concat([
    await plainPicture('jpeg', 120, 120),
    Buffer.from('<html><script>alert(document.cookie)</script></html>'),
  ])
  const made = await encodedPicture(polyglot)
  expect(made.includes('<script>')).toBe(false)
})

test('what is no picture of the five kinds is refused, whatever it is called', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>')
  expect(await ruleOf(svg)).toBe('picture kind')
  expect(await ruleOf(Buffer.from('<!doctype html><script>1</script>'))).toBe('picture kind')
  expect(
    await ruleOf(
      await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123' } })
        .tiff()
        .toBuffer(),
    ),
  ).toBe('picture kind')
  expect(await ruleOf(Buffer.alloc(0))).toBe('picture kind')
  expect(pictureKind(Buffer.from('\u0000\u0000\u0000\u0020ftypheic', 'latin1'))).toBeUndefined()
})

test('a picture that breaks off, or is only a beginning, is refused', async () => {
  const whole = await plainPicture('jpeg', 800, 800)
  expect(await ruleOf(whole.subarray(0, Math.floor(whole.length / 2)))).toBe('picture unreadable')
  expect(await ruleOf(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]))).toBe('picture unreadable')
  const png = await plainPicture('png', 300, 300)
  expect(await ruleOf(png.subarray(0, png.length - 60))).toBe('picture unreadable')
})

test('a small file that would unfold to 400 million pixels is refused before it unfolds', async () => {
  const bomb = await sharp({
    create: { width: 20_000, height: 20_000, channels: 3, background: '#000' },
    limitInputPixels: false,
  })
    .png({ compressionLevel: 9 })
    .toBuffer()
  expect(bomb.length).toBeLessThan(5 * 1024 * 1024)
  const before = process.memoryUsage().rss
  expect(await ruleOf(bomb)).toBe('picture pixels')
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
}, 60_000)

test('a picture is for everyone only where its owner is public and said so', () => {
  const nobody = { isOwner: false, isMember: false, isHere: true, isPublic: true }
  expect(pictureReach({ ...nobody, level: 5 })).toBe('everyone')
  expect(pictureReach({ ...nobody, level: 3 })).toBeUndefined()
  expect(pictureReach({ ...nobody, level: 5, isPublic: false })).toBeUndefined()
  expect(pictureReach({ ...nobody, level: 5, isPublic: false, isMember: true })).toBe('reader')
  expect(pictureReach({ ...nobody, level: 3, isMember: true })).toBe('reader')
  expect(pictureReach({ ...nobody, level: 3, isMember: true, isHere: false })).toBeUndefined()
  expect(pictureReach({ ...nobody, level: 0, isMember: true })).toBeUndefined()
  expect(pictureReach({ ...nobody, level: 0, isOwner: true })).toBe('reader')
})
