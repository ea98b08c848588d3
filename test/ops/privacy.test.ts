import { keptDays as bookingsKeptDays } from '../../src/bookings/booking.ts'
import { longestDays as longestOfficeDays } from '../../src/bookings/office-hours.ts'
import { draftDays } from '../../src/chats/ask.ts'
import { keptDays as chatsKeptDays, pauseDays as chatPauseDays } from '../../src/chats/chat.ts'
import { firstLinkWorksFor, linkWorksFor } from '../../src/accounts/link.ts'
import { endedTokenKeptFor, tokenDays } from '../../src/accounts/token.ts'
import { day, hour, minute } from '../../src/common/clock.ts'
import { languages, loadWords } from '../../src/common/words.ts'
import { practiceDays } from '../../src/federation/notes.ts'
import { longestDays } from '../../src/listing/flag.ts'
import { backupDays } from '../../src/database/backup-tables.ts'
import { agreedDays, keptDays as introductionsKeptDays } from '../../src/introductions/introduction.ts'
import { reviewAfterDays, withdrawalKeptDays } from '../../src/listing/listing.ts'
import { keptDays } from '../../src/listing/replay.ts'
import { kept } from '../../src/ops/privacy.ts'
import { keptDays as requestsKeptDays, pauseDays } from '../../src/requests/request.ts'
import { metKeptDays } from '../../src/suggestions/pair.ts'
import { erasedAfterHours, leaseDays, tombstoneDays } from '../../src/partners/partner.ts'
import { lastsDays } from '../../src/searches/search.ts'
import { sessionLength } from '../../src/web/session.ts'

const periods = {
  signInRequests: [linkWorksFor / minute],
  sessions: [sessionLength / day],
  tokens: [tokenDays.at(-1) ?? 0, endedTokenKeptFor / day],
  cookies: [sessionLength / day, linkWorksFor / minute],
  listing: [withdrawalKeptDays],
  flags: [longestDays],
  copies: [leaseDays],
  tombstones: [tombstoneDays],
  withdrawals: [keptDays],
  posts: [practiceDays],
  setAside: [metKeptDays],
  worth: [chatsKeptDays],
  requests: [requestsKeptDays, pauseDays],
  chats: [chatsKeptDays, chatPauseDays],
  introductions: [introductionsKeptDays, agreedDays],
  officeHours: [longestOfficeDays, bookingsKeptDays],
  bookings: [bookingsKeptDays],
  backups: [backupDays],
  theirs: [leaseDays],
  savedSearches: [lastsDays / 7],
  askDrafts: [draftDays],
} satisfies Partial<Record<(typeof kept)[number], readonly number[]>>

it('the privacy page gives the periods that the program keeps to, in both languages', async () => {
  const words = await loadWords(true)
  for (const language of languages) {
    for (const row of kept) expect(words.in(language)(`ops:privacy.kept.${row}.what`)).not.toBe('')
    for (const [row, numbers] of Object.entries(periods)) {
      const sentence = words.in(language)(`ops:privacy.kept.${row}.howLong`)
      for (const number of numbers) expect(`${row}: ${sentence}`).toMatch(new RegExp(`\\b${number}\\b`))
    }
  }
})

it('what the page says in words holds as well: a day until erasure, a year until review', () => {
  expect(erasedAfterHours * hour).toBe(day)
  expect(reviewAfterDays).toBe(365)
  expect(firstLinkWorksFor).toBe(day)
})
