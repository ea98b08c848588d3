import type { App } from '../app.ts'
import { OutboundError } from '../common/outbound.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { logger } from '../common/log.ts'
import { largestBlockList, readBlockList } from '../safety/block-list.ts'
import { keepBlockList } from '../safety/domain-actions.ts'
import { blockListById, blockLists } from '../safety/domain-views.ts'
import type { BlockListTools, FetchedBlockList } from '../safety/tools.ts'

const log = logger('federation')

/** What the safety area needs of this file. */
export const blockListTools: BlockListTools = { fetchList, refreshList }

/** A list is asked for once a day, with the tag of its last issue. */
export const blockListTimetable: readonly TimetableEntry[] = [
  { name: 'safety.refresh-block-lists', cron: '11 4 * * *', run: refreshLists },
]

/** Fetches a list and reads it. 'unchanged' when its server knows the tag. */
async function fetchList(app: App, url: string, etag?: string | null): Promise<FetchedBlockList> {
  try {
    const headers = {
      accept: 'text/csv, text/plain;q=0.9, */*;q=0.1',
      ...(etag === undefined || etag === null ? {} : { 'if-none-match': etag }),
    }
    const answer = await app.outbound.fetch(new Request(url, { headers }), { maxBytes: largestBlockList })
    if (answer.status === 304) return 'unchanged'
    if (answer.status !== 200) return { trouble: 'no-answer' }
    const read = readBlockList(answer.body.toString('utf8'), new URL(app.config.origin).host)
    return 'trouble' in read ? read : { ...read, etag: answer.headers.get('etag') }
  } catch (error) {
    if (error instanceof OutboundError) return { trouble: error.code === 'too-large' ? 'too-large' : 'no-answer' }
    throw error
  }
}

/** Brings one list up to date; what could not be read leaves what it named before. */
async function refreshList(app: App, id: number): Promise<void> {
  const list = await blockListById(app.db, id)
  if (!list) return
  const fetched = await fetchList(app, list.url, list.etag)
  if (fetched !== 'unchanged' && 'trouble' in fetched)
    log.warn(`the list of refused servers ${list.url} was not read: ${fetched.trouble}`)
  await keepBlockList(app, id, fetched === 'unchanged' ? { trouble: null } : fetched)
}

async function refreshLists(app: App): Promise<void> {
  for (const { id } of await blockLists(app.db)) await refreshList(app, id)
}
