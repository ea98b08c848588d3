import { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { button, form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { blockListUrl } from './block-list.ts'
import { forKeepers } from './domain-pages.ts'
import { joinBlockList, leaveBlockList } from './domain-actions.ts'
import { blockListById, blockLists, followersUnder, listedOn, partnersUnder, type BlockList } from './domain-views.ts'
import type { BlockListTools, FetchedBlockList } from './tools.ts'

/** The pages about lists of refused servers that others keep. A list refuses by itself all but partner nodes. */
export function blockListPages(app: App, { fetchList, refreshList }: BlockListTools): Router {
  const router = Router()

  page(router, app, paths.blockLists, {
    who: 'signed-in',
    view: 'safety/lists.njk',
    async load(visit) {
      await forKeepers(app, visit)
      return { lists: await blockLists(app.db) }
    },
  })

  form(router, app, paths.addBlockList, {
    who: 'signed-in',
    view: 'safety/list-add.njk',
    async load(visit) {
      await forKeepers(app, visit)
      return { values: { blockList: '' } }
    },
    async submit(visit, body) {
      await forKeepers(app, visit)
      const url = typedUrl(body.text('blockList'))
      readable(await fetchList(app, url))
      return { redirect: `${paths.checkBlockList}?url=${encodeURIComponent(url)}` }
    },
  })

  form(router, app, paths.checkBlockList, {
    who: 'signed-in',
    view: 'safety/list-check.njk',
    async load(visit) {
      await forKeepers(app, visit)
      const url = blockListUrl(visit.query['url'] ?? '')
      const fetched = url === undefined ? undefined : await fetchList(app, url)
      if (fetched === undefined || fetched === 'unchanged' || 'trouble' in fetched)
        return { redirect: paths.addBlockList }
      const domains = fetched.listed.map(({ domain }) => domain)
      return {
        url,
        count: domains.length,
        first: fetched.listed.slice(0, 20),
        partners: await partnersUnder(app.db, domains),
        followers: await followersUnder(app.db, domains),
        values: { reason: '' },
      }
    },
    async submit(visit, body) {
      await forKeepers(app, visit)
      const url = typedUrl(visit.query['url'] ?? '')
      const { listed, etag } = readable(await fetchList(app, url))
      const id = await joinBlockList(app, visit.account, { url, listed, etag, reason: body.text('reason') })
      visit.request.session.notice = visit.t('safety:decided.list-joined')
      return { redirect: paths.blockList(id) }
    },
  })

  page(router, app, paths.blockList(':id'), {
    who: 'signed-in',
    view: 'safety/list.njk',
    async load(visit) {
      const list = await theList(visit)
      const { listed, next } = await listedOn(app.db, list.id, visit.query['after'])
      const all = await listedOn(app.db, list.id, undefined, list.domains)
      return {
        list,
        listed,
        partners: await partnersUnder(
          app.db,
          all.listed.map(({ domain }) => domain),
        ),
        nextPage: next === undefined ? undefined : `${paths.blockList(list.id)}?after=${encodeURIComponent(next)}`,
      }
    },
  })

  button(router, app, paths.refreshBlockList(':id'), {
    who: 'signed-in',
    async submit(visit) {
      const { id } = await theList(visit)
      await refreshList(app, id)
      const trouble = (await blockListById(app.db, id))?.trouble ?? null
      visit.request.session.notice = visit.t(
        trouble === null ? 'safety:lists.refreshed' : `safety:lists.trouble.${trouble}`,
      )
      return { redirect: paths.blockList(id) }
    },
  })

  form(router, app, paths.leaveBlockList(':id'), {
    who: 'signed-in',
    view: 'safety/list-leave.njk',
    load: async (visit) => ({ list: await theList(visit), values: { reason: '' } }),
    async submit(visit, body) {
      const { id } = await theList(visit)
      await leaveBlockList(app, visit.account, id, body.text('reason'))
      visit.request.session.notice = visit.t('safety:decided.list-left')
      return { redirect: paths.blockLists }
    },
  })
  return router

  async function theList(visit: SignedInVisit): Promise<BlockList> {
    await forKeepers(app, visit)
    const text = visit.params['id'] ?? ''
    const list = /^\d{1,9}$/.test(text) ? await blockListById(app.db, Number(text)) : undefined
    if (!list) throw new Refusal('not-found')
    return list
  }
}

function typedUrl(text: string): string {
  if (text === '') throw new InvalidInput([{ field: 'blockList', rule: 'required' }])
  const url = blockListUrl(text)
  if (url === undefined) throw new InvalidInput([{ field: 'blockList', rule: 'format' }])
  return url
}

function readable(fetched: FetchedBlockList): Exclude<FetchedBlockList, 'unchanged' | { readonly trouble: unknown }> {
  if (fetched === 'unchanged') throw new InvalidInput([{ field: 'blockList', rule: 'no-answer' }])
  if ('trouble' in fetched) throw new InvalidInput([{ field: 'blockList', rule: fetched.trouble }])
  return fetched
}
