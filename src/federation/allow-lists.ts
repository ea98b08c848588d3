import type { App } from '../app.ts'
import { logger } from '../common/log.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { largestList, readAllowList, type ListTrouble } from '../partners/allow-list.ts'
import { keepFetchedList } from '../partners/allow-list-actions.ts'
import { allowListById, allowLists } from '../partners/allow-list-views.ts'
import type { AllowListTools, FetchedList } from '../partners/tools.ts'

const log = logger('federation')

/** What the partners area needs of this file. */
export const allowListTools: AllowListTools = { fetchList, refreshList }

/** A list is asked for once a day: a steward who takes a node off it is heard within that time. */
export const allowListTimetable: readonly TimetableEntry[] = [
  { name: 'partners.refresh-allow-lists', cron: '37 2 * * *', run: refreshLists },
]

/** Fetches a list and judges it (FEDERATION.md 3.2). Whose key it should have is not asked here. */
async function fetchList(app: App, url: string): Promise<FetchedList> {
  let document: unknown
  try {
    const request = new Request(url, { headers: { accept: 'application/json' } })
    const answer = await app.outbound.fetch(request, { maxBytes: largestList, stayOnHost: true })
    if (answer.status !== 200) return { trouble: 'no-answer' }
    document = JSON.parse(answer.body.toString('utf8'))
  } catch (error) {
    if (error instanceof OutboundError) {
      if (error.code === 'host-not-allowed') return { trouble: 'host-not-allowed' }
      return { trouble: error.code === 'too-large' || error.code === 'compressed' ? 'broken' : 'no-answer' }
    }
    if (error instanceof SyntaxError || error instanceof TypeError) return { trouble: 'broken' }
    throw error
  }
  return readAllowList(document, url, app.now(), (input) => parse('allow-list', input))
}

/** Brings one list up to date. What is wrong with it, or undefined. */
async function refreshList(app: App, id: number): Promise<ListTrouble | undefined> {
  const list = await allowListById(app.db, id)
  return list && keepFetchedList(app, id, await fetchList(app, list.url))
}

async function refreshLists(app: App): Promise<void> {
  for (const { id, url } of await allowLists(app.db)) {
    const trouble = await refreshList(app, id)
    if (trouble !== undefined) log.warn(`the allow-list ${url} was not refreshed: ${trouble}`)
  }
}
