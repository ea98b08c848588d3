// What the bench of the inbox sends: the five commonest kinds of activity, as Mastodon writes them.
import { addresses } from '../src/common/addresses.ts'
import type { Prepared } from './load.ts'
import type { Stranger } from './stranger.ts'

const context = 'https://www.w3.org/ns/activitystreams'

export const kinds = ['Follow', 'Undo', 'Like', 'Create', 'Delete'] as const
export type ActivityKind = (typeof kinds)[number]

/** The ids of the people of the node under test whom the activities are about. */
export const people: readonly string[] = Array.from({ length: 40 }, (_, number) => `benchperson${10 + number}`)

type Body = Readonly<Record<string, unknown>> & { readonly actor: string }

/**
 * Makes activities that were never sent before: an Undo takes back a Follow that was made here before, and a Delete a message, in the order
 * in which those were made.
 */
export function activitiesOf(
  stranger: Stranger,
  origin: string,
): (kind: ActivityKind, count: number) => Promise<readonly Prepared[]> {
  const at = addresses(origin)
  const made: Record<ActivityKind, number> = { Follow: 0, Undo: 0, Like: 0, Create: 0, Delete: 0 }

  // The n-th of a kind is the same actor's and about the same person as the n-th of another.
  function body(kind: ActivityKind, number: number): Body {
    const { actors } = stranger
    const actor = actors[number % actors.length] ?? ''
    const personId = people[(number + Math.floor(number / actors.length)) % people.length] ?? ''
    const person = at.person(personId)
    const note = `${actor}/statuses/${number}`
    const follow = { id: `${actor}#follows/${number}`, type: 'Follow', actor, object: person }
    switch (kind) {
      case 'Follow':
        return { '@context': context, ...follow }
      case 'Undo':
        return { '@context': context, id: `${follow.id}/undo`, type: 'Undo', actor, object: follow }
      case 'Like':
        return {
          '@context': context,
          id: `${actor}#likes/${number}`,
          type: 'Like',
          actor,
          object: at.note(personId, 1),
        }
      case 'Delete':
        return {
          '@context': [context, { ostatus: 'http://ostatus.org#', atomUri: 'ostatus:atomUri' }],
          id: `${note}#delete`,
          type: 'Delete',
          actor,
          to: [`${context}#Public`],
          object: { id: note, type: 'Tombstone', atomUri: note },
        }
      case 'Create':
        return {
          '@context': [context, { sensitive: 'as:sensitive', conversation: 'ostatus:conversation' }],
          id: `${note}/activity`,
          type: 'Create',
          actor,
          published: '2026-11-22T09:00:00Z',
          to: [person],
          cc: [],
          object: {
            id: note,
            type: 'Note',
            summary: null,
            inReplyTo: null,
            published: '2026-11-22T09:00:00Z',
            url: note.replace('/users/', '/@'),
            attributedTo: actor,
            to: [person],
            cc: [],
            sensitive: false,
            conversation: `tag:${new URL(actor).host},2026-11-22:objectId=${number}`,
            content: `<p><span class="h-card"><a href="${at.personPage('bench')}" class="u-url mention">@<span>bench</span></a></span> could we talk about <a href="https://north.example/roadmaps" target="_blank" rel="nofollow noopener"><span class="invisible">https://</span><span>north.example/roadmaps</span></a> one day?</p>`,
            attachment: [],
            tag: [{ type: 'Mention', href: person, name: `@bench@${at.host}` }],
          },
        }
    }
  }

  function one(kind: ActivityKind): Promise<Prepared> {
    const activity = body(kind, made[kind])
    made[kind] += 1
    const headers = { 'content-type': 'application/activity+json' }
    const path = new URL(at.sharedInbox).pathname
    return stranger.sign(activity.actor, origin, { method: 'POST', path, headers, body: JSON.stringify(activity) })
  }

  return (kind, count) => Promise.all(Array.from({ length: count }, () => one(kind)))
}
