import { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import { listingOf, publicPerson, type ShownPerson } from '../listing/views.ts'
import { form } from '../web/form.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { choosePosts } from './note-actions.ts'
import { notesSince, postingOf, postTimes, standingNotes } from './note-views.ts'
import { isTrue, mostPosts, nextPostAt, postDays, postSwitches, type Posting } from './notes.ts'
import { postWording } from './post-wording.ts'
import { topicsOf } from './topics.ts'

/** The page on which a person chooses what is posted under her name, and sees what was. */
export function postPages(app: App): Router {
  const router = Router()
  form(router, app, paths.posts, {
    who: 'signed-in',
    view: 'federation/posts.njk',
    load: async (visit) => ({ ...(await choices(visit)), ...(await history(visit)) }),
    submit: async (visit, body) => {
      const ticked = body.all('posts')
      const wanted: Posting = {
        opened: ticked.includes('opened'),
        closing: ticked.includes('closing'),
        practice: ticked.includes('practice'),
        topic: ticked.includes('topic'),
      }
      await choosePosts(app, visit.account, { wanted, language: visit.language })
      visit.request.session.notice = visit.t('federation:posts.saved')
      return { redirect: paths.posts }
    },
  })
  return router
}

async function choices({ app, account, now, t }: SignedInVisit) {
  const person = await personOf(app, account.id, now)
  const at = addresses(app.config.origin)
  const posting = await postingOf(app.db, account.id)
  return {
    back: paths.myListing,
    isPublic: person !== undefined,
    most: mostPosts,
    days: postDays,
    switches: postSwitches.map((value) => ({
      value,
      text: t(`federation:posts.kind.${value}`),
      hint: { text: postWording(t, value, at.host) },
    })),
    values: { posts: postSwitches.filter((which) => posting[which]) },
    topics: topicLine(person),
  }

  function topicLine(shown: ShownPerson | undefined): string | undefined {
    if (app.config.topics === 'off') return t('federation:posts.topicsOff')
    if (!shown) return undefined
    const handles = topicsOf(shown.document).map((role) => `@${role}@${at.host}`)
    return handles.length === 0
      ? t('federation:posts.noTopic')
      : t('federation:posts.topicHint', { handles: handles.join(', ') })
  }
}

async function history({ app, account, language, now, t }: SignedInVisit) {
  const at = addresses(app.config.origin)
  const made = await postTimes(app.db, account.id, now)
  const next = nextPostAt(made, now)
  const person = await personOf(app, account.id, now)
  const standing = person ? await standingNotes(app.db, person.personId) : []
  const missed = (await notesSince(app.db, account.id, later(now, -postDays * day))).filter(
    ({ number }) => number === null,
  )
  return {
    count: t('federation:posts.count', { count: made.length, days: postDays }),
    next: next > now ? next : undefined,
    missed: missed.map(({ kind, madeAt }) =>
      t('federation:posts.missed', {
        most: mostPosts,
        days: postDays,
        kind: t(`federation:posts.kind.${kind}`),
        day: longDay(madeAt, language),
      }),
    ),
    standing: standing
      .filter((note) => isTrue(at, note, person, now))
      .map(({ kind, madeAt, endsAt, body }) => ({
        text: t('federation:posts.standing', {
          kind: t(`federation:posts.kind.${kind}`),
          day: longDay(madeAt, language),
          end: longDay(endsAt, language),
        }),
        ...contentOf(body),
      })),
  }
}

// Our own text, made safe when it was written.
function contentOf(body: string | null): { readonly html: string; readonly language: string } {
  const { content, contentMap } = JSON.parse(body ?? '{}') as { content?: string; contentMap?: Record<string, string> }
  return { html: content ?? '', language: Object.keys(contentMap ?? {})[0] ?? '' }
}

async function personOf(app: App, accountId: string, now: Date): Promise<ShownPerson | undefined> {
  const listing = await listingOf(app.db, accountId)
  return listing && publicPerson(app.db, now, { personId: listing.personId })
}
