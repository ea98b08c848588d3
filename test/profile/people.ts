import fc from 'fast-check'
import type { Profile, ProfileFields } from '../../src/profile/profile.ts'

/** The only delivery manager of North Council. */
export const asha: Profile = {
  displayName: 'Asha Rao',
  roles: ['delivery-manager'],
  onlyOne: 'organisation',
  organisation: 'North Council',
  sector: 'local-government',
  country: 'GB',
  languages: [{ tag: 'en', level: 'easy' }],
  shares: ['retrospective'],
  wantsToTry: ['story-map'],
}

const line = fc.constantFrom('Asha Rao', 'Siân', '北')
const practices = fc.uniqueArray(fc.constantFrom('retrospective', 'story-map', 'week-notes'), { maxLength: 3 })
const span = fc.constant<{ from: string; to: string }[]>([{ from: '09:00', to: '12:30' }])

/** Anything that a person may have said so far. */
export const arbitraryFields: fc.Arbitrary<ProfileFields> = fc.record(
  {
    displayName: line,
    addressMe: line,
    roles: fc.constant(['delivery-manager']),
    roleInWords: line,
    jobTitle: line,
    onlyOne: fc.constantFrom('none', 'team', 'organisation'),
    timeInRole: fc.constantFrom('new', 'settled', 'long'),
    organisation: line,
    sector: fc.constant('local-government'),
    country: fc.constantFrom('GB', 'NL'),
    place: line,
    timeZone: fc.constant('Europe/London'),
    workingPattern: fc.record({ monday: span, friday: span }, { requiredKeys: [] }),
    holidayRegion: fc.constant('GB-WLS'),
    languages: fc.constant([{ tag: 'en', level: 'easy' as const }]),
    shares: practices,
    sharesInWords: fc.constant(['saying no kindly']),
    wantsToTry: practices,
    wantsToTryInWords: fc.constant(['silence']),
    introduction: line,
    links: fc.constant(['https://north.example/asha']),
    boundaries: fc.constant(['no-selling' as const]),
  },
  { requiredKeys: [] },
)
