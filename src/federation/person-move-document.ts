import { activityStreams } from './context.ts'

/** Move of a person's actor, as Mastodon, GoToSocial and Misskey read it: `object` is the actor itself, to her followers. */
export function moveActivity(actor: string, target: string, mark: string) {
  return {
    '@context': activityStreams,
    id: `${actor}#move-${mark}`,
    type: 'Move',
    actor,
    object: actor,
    target,
    to: [`${actor}/followers`],
  } as const
}
