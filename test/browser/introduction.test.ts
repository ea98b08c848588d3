import ICAL from 'ical.js'
import nodeIcal from 'node-ical'
import type { Page } from 'playwright-core'
import { hour, later } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import type { Profile } from '../../src/common/schema-types.ts'
import { rows } from '../../src/database/database.ts'
import { settleAll, subscribe } from '../partners/people.ts'
import { entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, keepPicture, openBrowser } from '../support/pages.ts'
import { aResident, listed, opened } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// The whole introduction between two nodes: from a person's page to the event in both calendars to the private question, by keyboard,
// each page by axe. Asha works in London and Ben in New York; between the request and the half hour London's clocks go back, New
// York's not yet. PICTURES=<folder> keeps screenshots.

let north: TestNode
let south: TestNode
/** A Wednesday; on Sunday the clocks of London go back. */
const begin = new Date('2027-10-27T11:00:00Z')

beforeEach(async () => {
  north = await aNode({ time: begin })
  south = await aNode({ time: begin, settings: { SIDEWAYS_NAME: 'South Hospice' } })
  await subscribe(north, south)
  await subscribe(south, north)
})

type Somebody = { readonly reader: SignedIn; readonly name: string; readonly node: TestNode }

async function somebody(
  node: TestNode,
  handle: string,
  language: 'en' | 'cy',
  fields: Partial<Profile>,
): Promise<Somebody> {
  const who = await aResident(node, handle, fields)
  await rows(node.app.db, 'update account set language = $2 where id = $1', [who.id, language])
  await listed(node, who, ['here', 'partners'])
  await opened(node, who)
  return { reader: await signIn(node, `${handle}@north.example`), name: fields.displayName ?? '', node }
}

/** One person's window: what she presses, and a look at each page. */
async function walkOf(
  { reader, node, name }: Somebody,
  options: { readonly language: 'en' | 'cy'; readonly scripts: boolean; readonly width: number },
) {
  const { language, scripts, width } = options
  const page = await openBrowser({ origin: node.url, language, javaScriptEnabled: scripts, width, reader })
  let step = 0
  const look = async (what: string): Promise<void> => {
    step += 1
    await checkPage(page, `${name}: ${what}`)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    await keepPicture(page, `introduction-${language}-${name.split(' ')[0]}-${String(step).padStart(2, '0')}-${what}`)
  }
  // A link or a button that leads to another page.
  const press = async (selector: string): Promise<void> => {
    await page.locator(selector).first().focus()
    const moved = page.waitForEvent('framenavigated')
    await page.keyboard.press('Enter')
    await moved
    await page.waitForLoadState()
  }
  return {
    page,
    look,
    press,
    tick: async (selector: string): Promise<void> => {
      await page.locator(selector).first().focus()
      if (!(await page.locator(selector).first().isChecked())) await page.keyboard.press(' ')
      expect(await page.locator(selector).first().isChecked()).toBe(true)
    },
    /** Sends the page's form. */
    goOn: () => press('main form button.govuk-button'),
    go: async (path: string): Promise<void> => void (await page.goto(path)),
  }
}

type Walk = Awaited<ReturnType<typeof walkOf>>

async function text(page: Page): Promise<string> {
  return page.locator('main').innerText()
}

/** The address of the newest chat in somebody's list. */
async function openChat(walk: Walk): Promise<string> {
  await walk.go(paths.chats)
  await walk.look('chats')
  await walk.press('main .sw-card a')
  return new URL(walk.page.url()).pathname
}

/** The one event of a calendar file, as two programs read it that know nothing of each other. */
function eventIn(file: string): { readonly from: Date; readonly until: Date; readonly uid: string } {
  const event = new ICAL.Event(new ICAL.Component(ICAL.parse(file)).getFirstSubcomponent('vevent') ?? undefined)
  const [other] = Object.values(nodeIcal.sync.parseICS(file)).filter((one) => one?.type === 'VEVENT')
  if (other?.type !== 'VEVENT') throw new Error('no event for the second reader')
  const [from, until] = [event.startDate.toJSDate(), event.endDate.toJSDate()]
  expect([other.start.getTime(), other.end?.getTime()]).toEqual([from.getTime(), until.getTime()])
  return { from, until, uid: event.uid }
}

const clock = (zone: string, at: Date): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(at)

test.each([
  { language: 'en', scripts: true, width: 1280, asha: 'Asha Rao', ben: 'Ben Okafor' },
  { language: 'cy', scripts: false, width: 320, asha: 'Siân Pritchard', ben: 'Tomos Vaughan' },
] as const)(
  'two people on two nodes, from asking to the private question ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, asha, ben }) => {
    const wide = { language, scripts, width }
    const anAsha = await somebody(north, `asha${language}`, language, {
      displayName: asha,
      timeZone: 'Europe/London',
      country: 'GB',
    })
    const aBen = await somebody(south, `ben${language}`, language, {
      displayName: ben,
      timeZone: 'America/New_York',
      country: 'US',
      organisation: 'South Hospice',
    })
    await settleAll(north, south)
    const answerer = await walkOf(anAsha, wide)
    const asker = await walkOf(aBen, wide)

    await asker.go(paths.entry(await entryOf(south, asha)))
    await asker.look('person')
    await asker.press('main a[href$="/ask"]')
    await asker.look('kind')
    await asker.tick('input[name="chatKind"]')
    await asker.tick('input[name="boundariesRead"]')
    await asker.goOn()
    await asker.look('lines')
    for (const [field, line] of [
      ['why', 'You run a roadmap alone too.'],
      ['hope', 'How you say no.'],
      ['bring', 'A decision log that works.'],
    ])
      await asker.page.locator(`#${field}`).fill(line ?? '')
    await asker.goOn()
    await asker.look('times')
    // In the week in which London's clocks have changed and New York's have not.
    const times = asker.page.locator('input[type="checkbox"][name="times"]')
    for (const place of [4, 5]) {
      const value = await times.nth(place).getAttribute('value')
      await asker.tick(`input[name="times"][value="${value}"]`)
    }
    await asker.goOn()
    await asker.look('check')
    expect(await text(asker.page)).toContain('How you say no.')
    await asker.goOn()
    await asker.look('sent')
    await settleAll(south, north)

    const [told] = north.mails.filter(({ to, text: words }) => to === anAsha.reader.mail && words.includes(ben))
    expect(told?.text).not.toContain('How you say no.')
    expect(told?.html).toContain(`<html lang="${language}">`)
    const herChat = await openChat(answerer)
    await answerer.look('asked')
    expect(await text(answerer.page)).toContain('How you say no.')
    await answerer.press(`main a[href="${herChat}/answer"]`)
    await answerer.look('answer')
    await answerer.tick('input[name="time"]')
    await answerer.goOn()
    await answerer.look('place')
    await answerer.page.locator('#meetingPlace').fill('https://meet.north.example/asha')
    await answerer.page.locator('#accessNeeds').fill('Captions, please.')
    await answerer.tick('input[name="flag"][value="stay"]')
    await answerer.goOn()
    await answerer.look('arranged')
    await settleAll(north, south)

    const hisChat = await openChat(asker)
    await asker.look('arranged')
    expect(await text(asker.page)).toContain('Captions, please.')
    await expect(asker.page.locator('a[href="https://meet.north.example/asha"]').count()).resolves.toBe(1)

    // In both diaries: one event, the same for both, and each page says it by its reader's clock.
    const hers = eventIn((await anAsha.reader.get(`${herChat}/chat.ics`)).text)
    const own = eventIn((await aBen.reader.get(`${hisChat}/chat.ics`)).text)
    expect(own).toEqual(hers)
    expect(hers.from > new Date('2027-10-31T01:00:00Z') && hers.from < new Date('2027-11-07T00:00:00Z')).toBe(true)
    expect(Number(clock('Europe/London', hers.from).slice(0, 2))).toBe(
      Number(clock('America/New_York', hers.from).slice(0, 2)) + 4,
    )
    const plain = (told_: string): string => told_.replaceAll(/\s+/g, ' ')
    expect(plain(await text(answerer.page))).toContain(clock('Europe/London', hers.from))
    expect(plain(await text(asker.page))).toContain(clock('America/New_York', hers.from))
    for (const node of [north, south]) {
      const files = node.mails.filter(({ calendar }) => calendar !== undefined)
      expect(files.map(({ calendar }) => eventIn(calendar?.text ?? '').uid)).toContain(hers.uid)
    }

    // The next working day.
    for (const node of [north, south]) {
      node.time = later(hers.until, 24 * hour)
      await node.runTimetable('learning.after-chats')
    }
    await settleAll(north, south)
    for (const [walk, chat, { reader, node }] of [
      [answerer, herChat, anAsha],
      [asker, hisChat, aBen],
    ] as const) {
      expect(node.mails.some(({ to, text: words }) => to === reader.mail && words.includes(`${chat}/worth`))).toBe(true)
      await walk.go(`${chat}/worth`)
      await walk.look('worth')
      await walk.tick('input[name="worth"][value="yes"]')
      await walk.goOn()
      await walk.look('answered')
      await walk.go(`${chat}/worth/note`)
      await walk.look('share')
      await walk.page.locator('#worthNote').fill(`A note by ${reader.mail}`)
      await walk.tick('input[name="share"][value="yes"]')
      await walk.goOn()
    }
    await settleAll(north, south)
    await answerer.go(`${herChat}/worth`)
    expect(await text(answerer.page)).toContain(`A note by ${aBen.reader.mail}`)
    await asker.go(`${hisChat}/worth`)
    await asker.look('both')
    expect(await text(asker.page)).toContain(`A note by ${anAsha.reader.mail}`)
  },
  180_000,
)
