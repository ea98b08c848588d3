import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { hour, later, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { loadWords } from '../../src/common/words.ts'
import { rows } from '../../src/database/database.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { directMessage } from '../federation/shapes/messages.ts'
import { readByBoth } from '../support/calendar.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { actorOf, aPeer, settled, type Activity, type Peer } from '../support/peer.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Somebody on Mastodon and somebody here, from a private mention to half an hour in her calendar: what they write crosses as signed POSTs
// that Mastodon reads, and she does the rest on pages, by keyboard. Between the offer and the talk the clocks of Britain go back.
// PICTURES=<folder> keeps screenshots.

let node: TestNode
let peer: Peer

beforeAll(async () => {
  // A Wednesday.
  node = await aNode({ time: new Date('2027-10-27T09:00:00Z') })
  peer = await aPeer()
})

afterAll(() => peer.close())

type Note = { readonly id: string; readonly content: string; readonly to: readonly string[]; readonly tag: unknown }

const walks = [
  { language: 'cy', scripts: false, width: 320, handle: 'sian', name: 'Siân Pritchard', by: 'guto' },
  { language: 'en', scripts: true, width: 1280, handle: 'asha', name: 'Asha Rao', by: 'cleo' },
] as const

test.each(walks)(
  'a private mention becomes half an hour in her calendar ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, handle, name, by }) => {
    const t = (await loadWords(true)).in(language)
    const who = await aResident(node, handle, { displayName: name })
    await saveFields(node.app, who.id, { timeZone: 'Europe/London' })
    await rows(node.app.db, 'update account set language = $2 where id = $1', [who.id, language])
    await listed(node, who, ['public'])
    await settled(node)
    const reader = await signIn(node, `${handle}@north.example`)
    const walk = walkOf(await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language, reader }), {
      language,
      name: handle,
    })
    const outside = walkOf(await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language }), {
      language,
      name: by,
    })

    // Who writes reads first who could read it.
    await outside.go(paths.person(handle))
    await outside.look('her-page')
    expect(await outside.text()).toContain(t('listing:person.writeRead'))
    await outside.press(`main a[href="${paths.fromOutside}"]`)
    await outside.look('from-outside')
    expect(await outside.text()).toContain(t('requests:outsider.read'))

    const author = peer.account(by, { name: `${by} of the lighthouse` })
    const actor = await actorOf(node, who)
    const write = async (text: string, number: number, inReplyTo?: string): Promise<void> => {
      node.time = later(node.time, minute)
      const to = [{ actor, handle: `@${handle}@${new URL(node.url).host}` }]
      const message = { author, to, text, number, ...(inReplyTo === undefined ? {} : { inReplyTo }) }
      expect(await peer.post(node, author, directMessage('mastodon', message))).toBe(202)
      await settled(node)
    }
    await write('Could we talk about roadmaps?', 1)
    const told = node.mails.filter(({ to }) => to === reader.mail)
    expect(told).toHaveLength(1)
    expect(JSON.stringify(told)).not.toContain(by) // neither who nor what

    await walk.go(paths.requests)
    await walk.look('list')
    await walk.press('main a[href^="/me/requests/"]:not([href$="/choices"])')
    const request = new URL(walk.page.url()).pathname
    await walk.look('closed')
    expect(await walk.text()).toContain(t('requests:answer.private'))
    expect(await walk.text()).not.toContain('roadmaps')
    await walk.press(`form[action="${request}/open"] button`)
    await walk.look('opened')
    expect(await walk.text()).toContain('Could we talk about roadmaps?')

    // One time before the clocks go back and one after, as plain text.
    await walk.press(`main a[href="${request}/times"]`)
    await walk.look('times')
    expect(await walk.text()).toContain(t('requests:answer.private'))
    await walk.tick('input[name="times"]')
    await walk.type({
      'meetingDay-day': '2',
      'meetingDay-month': '11',
      'meetingDay-year': '2027',
      meetingTime: '14:30',
    })
    await walk.press(`form[action="${request}/times"] button.govuk-button`)
    await walk.look('answer')
    const offered = await walk.page.locator('#answer').inputValue()
    expect(offered).toContain('= 14:30 ')
    expect(offered).toContain('(UTC)')
    await walk.press(`form[action="${request}"] button.govuk-button`)
    await walk.look('answered')
    await settled(node)
    const { note } = sentTo(peer, author)
    expect(note.to).toEqual([author])
    expect(note.tag).toEqual([{ type: 'Mention', href: author, name: `@${by}@${peer.host}` }])
    expect(note.content.replaceAll('&#39;', "'")).toContain(offered.split('\n')[0])
    expect(note.content).not.toMatch(/<(?!\/?(?:p|br|a|span)\b)/)

    // They answer in words.
    await write('The second one suits me.', 2, note.id)
    await walk.go(request)
    await walk.press(`form[action="${request}/open"] button`)
    await walk.look('their-answer')
    expect(await walk.text()).toContain('The second one suits me.')
    expect(await walk.text()).toContain(t('requests:one.reply'))
    // In the order in which it was written.
    const said = await walk.page.locator('main blockquote').allInnerTexts()
    expect(said.map((words) => words.slice(-20))).toEqual([
      expect.stringContaining('roadmaps?'),
      offered.slice(-20),
      expect.stringContaining('suits me.'),
    ])

    // What they agreed on is for her alone.
    await walk.press(`main a[href="${request}/agreed"]`)
    await walk.press(`form[action="${request}/agreed"] button.govuk-button`)
    await walk.look('agreed-missing')
    await walk.type({
      'meetingDay-day': '2',
      'meetingDay-month': '11',
      'meetingDay-year': '2027',
      meetingTime: '14:30',
    })
    await walk.type({ meetingPlace: 'https://meet.north.example/1' })
    await walk.press(`form[action="${request}/agreed"] button.govuk-button`)
    await walk.look('agreed')
    const event = readByBoth((await reader.get(`${request}/agreed.ics`)).text)
    expect([event.from, event.until]).toEqual([new Date('2027-11-02T14:30:00Z'), new Date('2027-11-02T15:00:00Z')])
    expect(event.place).toBe('https://meet.north.example/1')
    // Colleagues who see her calendar see that she is busy, and not with whom.
    expect(event.isPrivate).toBe(true)
    const before = peer.received().length
    node.time = later(event.from, -20 * hour)
    await node.runTimetable('requests.remind-of-meetings')
    await settled(node)
    const reminder = node.mails.at(-1)
    expect(reminder?.to).toBe(reader.mail)
    expect(reminder?.html).toContain(`<html lang="${language}">`)
    for (const hidden of [by, 'meet.north', 'roadmaps']) expect(JSON.stringify(reminder)).not.toContain(hidden)
    expect(peer.received()).toHaveLength(before)
    node.time = new Date('2027-10-27T09:00:00Z')
  },
  120_000,
)

/** The note that was posted to somebody's own inbox last, and who signed it. */
function sentTo(server: Peer, author: string): { readonly note: Note } {
  const sent = server.requests.findLast(
    ({ method, path }) => method === 'POST' && path === `${new URL(author).pathname}/inbox`,
  )
  if (!sent) throw new Error('nothing was posted to them')
  const activity = JSON.parse(sent.body) as Activity & { readonly object: Note; readonly to: readonly string[] } // by our own node
  expect([activity.type, activity.to]).toEqual(['Create', [author]])
  expect(String(sent.headers['signature'])).toContain(`keyId="${activity.actor}#`)
  return { note: activity.object }
}

/** One window, by keyboard: what is pressed and filled in, and a look at each page. */
function walkOf(page: Page, { language, name }: { readonly language: 'en' | 'cy'; readonly name: string }) {
  let step = 0
  return {
    page,
    go: async (path: string): Promise<void> => void (await page.goto(path)),
    text: (): Promise<string> => page.locator('main').innerText(),
    look: async (what: string): Promise<void> => {
      step += 1
      await checkPage(page, `${language}: ${what}`)
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      const folder = process.env['PICTURES']
      if (folder === undefined) return
      await mkdir(folder, { recursive: true })
      await page.screenshot({
        path: join(folder, `mastodon-${language}-${name}-${String(step).padStart(2, '0')}-${what}.png`),
        fullPage: true,
      })
    },
    press: async (selector: string): Promise<void> => {
      await page.locator(selector).first().focus()
      const moved = page.waitForEvent('framenavigated')
      await page.keyboard.press('Enter')
      await moved
      await page.waitForLoadState()
    },
    tick: async (selector: string): Promise<void> => {
      await page.locator(selector).first().focus()
      await page.keyboard.press(' ')
      expect(await page.locator(selector).first().isChecked()).toBe(true)
    },
    type: async (values: Readonly<Record<string, string>>): Promise<void> => {
      for (const [field, value] of Object.entries(values)) await page.locator(`[name="${field}"]`).fill(value)
    },
  }
}
