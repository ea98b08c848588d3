import { conceptIri } from '../../src/common/vocabularies.ts'
import type { SearchQuery } from '../../src/directory/query.ts'
import { textQuery } from '../../src/directory/text.ts'
import { reasons, type ViewerProfile } from '../../src/directory/why.ts'
import { inventedPerson } from '../support/people.ts'

const { peerChat: _flag, ...document } = inventedPerson(1, undefined, {
  name: 'Marta Silva',
  hasOccupation: [
    { type: 'Occupation', name: 'Product manager', occupationalCategory: conceptIri('roles', 'product-manager') },
  ],
  onlyOne: 'organisation',
  worksFor: {
    type: 'Organization',
    name: 'Eastmere College',
    sector: conceptIri('sectors', 'local-government'),
    addressCountry: 'IE',
  },
  knowsLanguage: [{ tag: 'en', level: 'easy' }],
  shares: [conceptIri('practices', 'week-notes')],
  wantsToTry: [conceptIri('practices', 'written-stand-up')],
  summary: 'I keep bees.',
})

const why = (query: SearchQuery, viewer?: ViewerProfile): string[] =>
  reasons(document, query, query.text === undefined ? undefined : textQuery(query.text), viewer).map(
    ({ code, facet }) => (facet ? `${code} ${facet.value}` : code),
  )

test('a reader with a profile reads first what they have in common', () => {
  expect(
    why(
      {},
      { roles: ['product-manager'], sector: 'local-government', country: 'GB', wantsToTry: ['week-notes'], shares: [] },
    ),
  ).toEqual(['same-role product-manager', 'shares-your-want week-notes', 'other-country IE'])
  expect(why({}, { roles: ['delivery-manager'], shares: ['written-stand-up'], onlyOne: 'team' })).toEqual([
    'related-role product-and-delivery',
    'wants-your-share written-stand-up',
    'both-only-one',
  ])
})

test('being elsewhere is no reason for somebody who has nothing else in common', () => {
  expect(why({}, { roles: ['museum-curator'], sector: 'central-government', country: 'GB' })).toEqual([])
})

test('a reader without a profile reads what of her search this person fits', () => {
  expect(why({ roles: ['product-manager', 'delivery-manager'], countries: ['IE'] })).toEqual([
    'asked product-manager',
    'asked IE',
  ])
  expect(why({ text: 'head of product' })).toEqual(['title product-manager'])
  expect(why({ text: 'product manager' })).toEqual(['asked product-manager'])
  expect(why({ text: 'product manager ireland' })).toEqual(['asked product-manager', 'asked IE'])
  expect(why({ text: 'marta' })).toEqual(['in-words'])
  expect(why({ text: 'bees' })).toEqual(['in-introduction'])
  expect(why({ text: 'matra' })).toEqual(['similar-words'])
  expect(why({ speaks: ['en'], onlyOne: 'any' })).toEqual(['asked en', 'asked organisation'])
  expect(why({ hours: 'near', near: ['GB', 'IE'] })).toEqual(['near-hours IE'])
  expect(why({ hours: 'near', near: ['GB'] })).toEqual([])
  expect(why({})).toEqual([])
})

test('a thing is said once, and at most five things, another sector among them', () => {
  const viewer: ViewerProfile = {
    roles: ['product-manager'],
    sector: 'central-government',
    country: 'GB',
    shares: ['written-stand-up'],
    wantsToTry: ['week-notes'],
    onlyOne: 'team',
  }
  expect(why({ roles: ['product-manager'] }, viewer)).toEqual([
    'same-role product-manager',
    'shares-your-want week-notes',
    'wants-your-share written-stand-up',
    'other-sector local-government',
    'both-only-one',
  ])
  expect(why({ roles: ['product-manager'] }, { roles: ['product-manager'] })).toEqual(['same-role product-manager'])
  expect(why({ onlyOne: 'organisation' }, { onlyOne: 'team' })).toEqual(['both-only-one'])
})
