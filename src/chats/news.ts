import type { ChatNews } from '../jobs/queue.ts'
import type { Exchange, Side, Standing } from './chat.ts'

/** What a person hears when her record moves from one state to another; undefined where nothing of it is new to her. */
export function newsOf(before: Exchange, after: Exchange, side: Side): ChatNews | undefined {
  const was = before.standing
  const is = after.standing
  if (isAgreed(was) && !isAgreed(is)) return 'called-off'
  if (was === 'requested' && is !== 'requested') return newsOfEnd(is)
  if (was === 'accepted' && is === 'arranged') return 'arranged'
  if (isAgreed(was) && isAgreed(is)) {
    const other: Side = side === 'asker' ? 'asked' : 'asker'
    const [old, now] = [before.words[other], after.words[other]]
    const saysElse = is === 'arranged' && (old.place !== now.place || old.access !== now.access)
    return before.plan.version !== after.plan.version || before.plan.by !== after.plan.by || saysElse
      ? 'changed'
      : undefined
  }
  return undefined
}

function newsOfEnd(is: Standing): ChatNews | undefined {
  return is === 'requested' ? undefined : is
}

/** What she hears of her own deed: only what her calendar must know. */
export function ownNewsOf(before: Exchange, after: Exchange): ChatNews | undefined {
  if (before.standing === 'arranged' && after.standing === 'called-off') return 'called-off'
  if (after.standing !== 'arranged') return undefined
  return before.standing !== 'arranged' ? 'arranged' : before.plan !== after.plan ? 'changed' : undefined
}

function isAgreed(standing: Standing): boolean {
  return standing === 'accepted' || standing === 'arranged'
}
