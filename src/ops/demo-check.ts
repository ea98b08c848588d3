import { setTimeout as wait } from 'node:timers/promises'
import { day, dayOf, later } from '../common/clock.ts'
import { accountByMail } from '../accounts/views.ts'
import { search } from '../directory/views.ts'
import { allowScope, closeToChat, openToChat, withdraw } from '../listing/actions.ts'
import { saveFields } from '../profile/actions.ts'
import type { DemoHouse, DemoOptions } from './demo.ts'

const name = 'Wilhelmina Sideways'

/**
 * The main job on three real nodes over HTTP: publish on the first, find on the others, open, close, withdraw, gone. Prints
 * each step with the time that it took until the last node saw it, and returns whether all of them happened within 30 seconds.
 */
export async function checkMainJob(
  houses: readonly DemoHouse[],
  { json, say }: Pick<DemoOptions, 'json' | 'say'>,
): Promise<boolean> {
  const [home, ...others] = houses
  const person = home?.plan.people[1]
  if (!home || !person) throw new Error('a demo without a house')
  const { app } = home
  const account = await accountByMail(app.db, `${person.handle}@${home.plan.key}.example`)
  if (!account) throw new Error('nobody moved in')
  await withdraw(app, account, { language: 'en', channel: 'command-line' })
  await saveFields(app, account.id, { displayName: name })

  const said = { language: 'en', channel: 'command-line' } as const
  const steps: readonly { readonly what: string; readonly act: () => Promise<unknown>; readonly seen: Seen }[] = [
    {
      what: 'published, and found on the other nodes',
      act: () => allowScope(app, account, { purpose: 'partners', ...said }),
      seen: 'closed',
    },
    {
      what: 'opened to a chat, and seen as open',
      act: () =>
        openToChat(app, account, {
          kinds: ['first-chat'],
          boundaries: [],
          capacity: 1,
          hiddenHere: false,
          endsOn: dayOf(later(app.now(), 30 * day)),
        }),
      seen: 'open',
    },
    { what: 'closed, and seen as closed', act: () => closeToChat(app, account), seen: 'closed' },
    { what: 'withdrawn, and gone from the other nodes', act: () => withdraw(app, account, said), seen: 'gone' },
  ]
  let isRight = true
  for (const { what, act, seen } of steps) {
    const start = performance.now()
    await act()
    const happened = await becomes(others, seen)
    const seconds = Math.round((performance.now() - start) / 10) / 100
    isRight &&= happened
    say(
      json
        ? JSON.stringify({ step: what, seconds, done: happened })
        : `${happened ? 'yes' : 'NO '} ${what} (${seconds.toFixed(2)} s)`,
    )
  }
  if (!json) say(isRight ? 'The main job works between three nodes.' : 'The main job does not work.')
  return isRight
}

type Seen = 'gone' | 'open' | 'closed'

async function becomes(others: readonly DemoHouse[], wanted: Seen): Promise<boolean> {
  for (let tries = 0; tries < 600; tries += 1) {
    const seen = await Promise.all(others.map(look))
    if (seen.every((one) => one === wanted)) return true
    await wait(50)
  }
  return false
}

async function look({ app }: DemoHouse): Promise<Seen> {
  const found = await search(app.db, app.now(), { audience: 'members' }, { text: name }, app.secrets.order)
  const card = found.cards.find((one) => one.document.name === name)
  if (!card) return 'gone'
  return card.openUntil ? 'open' : 'closed'
}
