import type { Needs } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { mostLists, newerListTrouble, type CleanAllowList, type ListTrouble } from './allow-list.ts'
import { addList, keepEntries, keepList, keepListTrouble, lockList, removeList } from './allow-list-store.ts'
import { allowListByUrl, allowLists } from './allow-list-views.ts'

/**
 * Subscribes to a list whose key an administrator has just compared; the key is pinned from now on. Returns its id. One that is
 * there already is brought up to date. Refusal allow-list-key-changed; InvalidInput when there are 20 lists.
 */
export function subscribeToList(needs: Needs, list: CleanAllowList): Promise<number> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const known = await allowListByUrl(tx, list.url)
    if (known) {
      const trouble = newerListTrouble(list, known)
      if (trouble === 'other-key') throw new Refusal('allow-list-key-changed')
      if (trouble === undefined) {
        await keepList(tx, known.id, list, now)
        await keepEntries(tx, known.id, list, now)
      }
      return known.id
    }
    if ((await allowLists(tx)).length >= mostLists)
      throw new InvalidInput([{ field: 'url', rule: 'tooMany', detail: { most: mostLists } }])
    const id = await addList(tx, list, now)
    if (id === undefined) throw new Error(`${list.url} was subscribed to twice at once`)
    await keepEntries(tx, id, list, now)
    return id
  })
}

/** Keeps the newest issue of a list, or says why it is not believed and changes nothing else. */
export function keepFetchedList(
  needs: Needs,
  id: number,
  fetched: { readonly list: CleanAllowList } | { readonly trouble: ListTrouble },
): Promise<ListTrouble | undefined> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const known = await lockList(tx, id)
    if (!known) return undefined
    const trouble = 'trouble' in fetched ? fetched.trouble : newerListTrouble(fetched.list, known)
    if (trouble !== undefined) {
      await keepListTrouble(tx, id, trouble, now)
    } else if ('list' in fetched) {
      await keepList(tx, id, fetched.list, now)
      await keepEntries(tx, id, fetched.list, now)
    }
    return trouble
  })
}

/** Ends the subscription to a list. Partners stay partners. Refusal allow-list-unknown. */
export function leaveList(needs: Needs, id: number): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await lockList(tx, id))) throw new Refusal('allow-list-unknown')
    await removeList(tx, id)
  })
}
