import type { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import { button, form } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import { listUrl, type ListTrouble } from './allow-list.ts'
import { leaveList, subscribeToList } from './allow-list-actions.ts'
import { allowListById, allowLists, othersOnList, partnersOnList, type ListOverview } from './allow-list-views.ts'
import type { AllowListTools } from './tools.ts'

/** The administrators' pages about lists of directories that a steward signs. A list proposes; a person approves each node. */
export function addAllowListPages(router: Router, app: App, { fetchList, refreshList }: AllowListTools): void {
  page(router, app, paths.allowLists, {
    who: 'administrator',
    view: 'partners/lists.njk',
    load: async (visit) => ({ lists: (await allowLists(app.db)).map((list) => shown(list, visit)) }),
  })

  form(router, app, paths.addAllowList, {
    who: 'administrator',
    view: 'partners/list-add.njk',
    load: async () => ({ values: { url: '' } }),
    async submit(_visit, body) {
      const url = typedUrl(body.text('url'))
      const fetched = await fetchList(app, url)
      if ('trouble' in fetched) throw new InvalidInput([{ field: 'url', rule: fetched.trouble }])
      return { redirect: `${paths.checkAllowList}?url=${encodeURIComponent(url)}` }
    },
  })

  form(router, app, paths.checkAllowList, {
    who: 'administrator',
    view: 'partners/list-check.njk',
    async load(visit) {
      const url = listUrl(visit.query['url'] ?? '')
      const fetched = url === undefined ? undefined : await fetchList(app, url)
      // What it was when it was typed has changed since: begin again.
      if (!fetched || 'trouble' in fetched) return { redirect: paths.addAllowList }
      return { list: fetched.list, fingerprint: fingerprint(fetched.list.stewardKey) }
    },
    async submit(visit, body) {
      const fetched = await fetchList(app, typedUrl(body.text('url')))
      // What is pinned is what was on the screen and compared.
      if ('trouble' in fetched || fetched.list.stewardKey !== body.text('key'))
        throw new Refusal('allow-list-key-changed')
      const id = await subscribeToList(app, fetched.list)
      visit.request.session.notice = visit.t('partners:lists.subscribed', { name: fetched.list.name })
      return { redirect: paths.allowList(id) }
    },
  })

  page(router, app, paths.allowList(':id'), {
    who: 'administrator',
    view: 'partners/list-one.njk',
    async load(visit) {
      const list = await theList(app, visit)
      const { entries, next } = await othersOnList(app.db, list.id, visit.query['after'])
      return {
        list: shown(list, visit),
        partners: await partnersOnList(app.db, list.id),
        others: entries,
        nextPage: next === undefined ? undefined : `${paths.allowList(list.id)}?after=${encodeURIComponent(next)}`,
        firstPage: visit.query['after'] === undefined ? undefined : paths.allowList(list.id),
      }
    },
  })

  button(router, app, paths.refreshAllowList(':id'), {
    who: 'administrator',
    async submit(visit) {
      const list = await theList(app, visit)
      const trouble = await refreshList(app, list.id)
      visit.request.session.notice =
        trouble === undefined ? visit.t('partners:lists.refreshed') : titleOf(trouble, visit.t)
      return { redirect: paths.allowList(list.id) }
    },
  })

  form(router, app, paths.leaveAllowList(':id'), {
    who: 'administrator',
    view: 'partners/list-leave.njk',
    load: async (visit) => ({ list: await theList(app, visit) }),
    async submit(visit) {
      const { id, name } = await theList(app, visit)
      await leaveList(app, id)
      visit.request.session.notice = visit.t('partners:lists.left', { name })
      return { redirect: paths.allowLists }
    },
  })
}

async function theList(app: App, { params }: Visit): Promise<ListOverview> {
  const id = /^\d{1,9}$/.test(params['id'] ?? '') ? Number(params['id']) : undefined
  const list = id === undefined ? undefined : await allowListById(app.db, id)
  if (!list) throw new Refusal('allow-list-unknown')
  return list
}

function typedUrl(text: string): string {
  if (text === '') throw new InvalidInput([{ field: 'url', rule: 'required' }])
  const url = listUrl(text)
  if (url === undefined) throw new InvalidInput([{ field: 'url', rule: 'format' }])
  return url
}

// A list that has ended says nothing any more, whatever was wrong when it was last asked for.
function shown(list: ListOverview, { t, now }: Pick<Visit, 't' | 'now'>): View {
  const hasEnded = list.validUntil <= now
  const trouble = list.trouble ?? (hasEnded ? 'expired' : null)
  return {
    ...list,
    fingerprint: fingerprint(list.stewardKey),
    hasEnded,
    problem:
      trouble === null
        ? undefined
        : {
            title: titleOf(trouble, t),
            advice: t(`partners:lists.trouble.${trouble}.advice`, { steward: list.steward }),
          },
  }
}

function titleOf(trouble: ListTrouble, t: Translate): string {
  return t(`partners:lists.trouble.${trouble}.title`)
}
