import { addresses } from '../../src/common/addresses.ts'
import { lostAnswers } from '../../src/listing/answers.ts'
import { listingDocument, type Level } from '../../src/listing/document.ts'
import { ashasProfile } from '../support/resident.ts'

const now = new Date('2026-11-22T09:00:00Z')
const picture = { name: '00000000000000000000.jpg', alt: 'Asha\tat her desk' }

function drawn(level: Level, given: typeof picture | undefined) {
  return listingDocument({
    at: addresses('https://north.example'),
    level,
    listingId: '1',
    personId: '6fd3',
    shown: {
      ...ashasProfile,
      links: ['https://a.example/', 'https://b.example/'],
      ...(given ? { picture: given } : {}),
    },
    handle: 'asha',
    language: 'en',
    verifiedLinks: ['https://b.example/', 'https://gone.example/'],
    flag: undefined,
    publishedAt: now,
    updatedAt: now,
    reviewAt: now,
  })
}

test('a picture and what links back are in the documents of this node and of everyone, never in the one that travels', () => {
  const icon = {
    type: 'Image',
    mediaType: 'image/jpeg',
    url: 'https://north.example/media/00000000000000000000.jpg',
    name: 'Asha at her desk',
  }
  expect(drawn(3, picture)).toMatchObject({ icon })
  expect(drawn(3, picture)).not.toHaveProperty('verifiedLinks')
  expect(drawn(5, picture)).toMatchObject({ icon, verifiedLinks: ['https://b.example/'] })
  for (const key of ['icon', 'verifiedLinks']) expect(drawn(4, picture)).not.toHaveProperty(key)
})

test('a picture that was taken back, replaced or said to show something else is noted, so that no older database shows it again', () => {
  const before = drawn(5, picture)
  expect(lostAnswers(before, drawn(5, undefined))).toEqual(['picture'])
  expect(lostAnswers(before, drawn(5, { ...picture, name: '11111111111111111111.jpg' }))).toEqual(['picture'])
  expect(lostAnswers(before, drawn(5, { ...picture, alt: 'A wall' }))).toEqual(['picture'])
  expect(lostAnswers(drawn(5, undefined), before)).toEqual([])
})
