import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults, NodeResult } from 'axe-core'
import type Axe from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { Reader } from './browser.ts'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export type OpenOptions = {
  /** The node's own address, so that paths are enough: `page.goto('/sign-in')`. */
  readonly origin?: string
  /** Default true. Without scripts `checkPage` still works: axe looks at a twin of the page. */
  readonly javaScriptEnabled?: boolean
  /** Default 1280 by 900; 320 wide is the narrowest that must work. */
  readonly width?: number
  readonly language?: 'en' | 'cy'
  /** Takes over the cookies of somebody who is signed in (support/sign-in.ts). */
  readonly reader?: Reader
}

let browser: Promise<Browser> | undefined
const scriptless = new WeakSet<Page>()

/** A window of Debian's Chromium, signed out unless a reader is given. One browser per test file, closed after it. */
export async function openBrowser(options: OpenOptions = {}): Promise<Page> {
  browser ??= chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  const context = await (
    await browser
  ).newContext({
    javaScriptEnabled: options.javaScriptEnabled ?? true,
    viewport: { width: options.width ?? 1280, height: 900 },
    locale: options.language === 'cy' ? 'cy-GB' : 'en-GB',
    ...(options.origin === undefined ? {} : { baseURL: options.origin }),
  })
  if (options.reader && options.origin !== undefined) await takeCookies(context, options.reader, options.origin)
  const page = await context.newPage()
  if (options.javaScriptEnabled === false) scriptless.add(page)
  return page
}

async function takeCookies(context: BrowserContext, reader: Reader, origin: string): Promise<void> {
  await context.addCookies([...reader.cookies].map(([name, value]) => ({ name, value, url: origin })))
}

/**
 * Holds what every page owes its readers: no axe violation, exactly one h1, a language, and nothing wider than the window.
 * Throws with a list that says what is wrong and where.
 */
export async function checkPage(page: Page, name: string): Promise<void> {
  const faults = [...(await axeFaults(page)), ...(await shapeFaults(page))]
  if (faults.length > 0) throw new Error(`${name} (${page.url()}):\n${faults.join('\n')}`)
}

async function axeFaults(page: Page): Promise<string[]> {
  if (scriptless.has(page)) return inTwin(page, axeFaults)
  await page.evaluate(await readFile(axePath, 'utf8'))
  const { violations }: Pick<AxeResults, 'violations'> = await page.evaluate(
    (tags) => (globalThis as unknown as { axe: typeof Axe }).axe.run({ runOnly: tags, resultTypes: ['violations'] }),
    standards,
  )
  return violations.map(({ id, help, nodes }) => [`  ${id}: ${help}`, ...nodes.map(nodeFault)].join('\n'))
}

function nodeFault({ html, failureSummary }: NodeResult): string {
  return `    ${html.slice(0, 200)}\n      ${(failureSummary ?? '').replaceAll('\n', '\n      ')}`
}

/** Shows the same HTML in a window where axe can run; the page's own scripts still do not. */
async function inTwin<Result>(page: Page, look: (twin: Page) => Promise<Result>): Promise<Result> {
  const twin = await openBrowser({ width: page.viewportSize()?.width ?? 1280 })
  try {
    const body = await page.content()
    await twin.route('**/*.js', (route) => route.abort())
    await twin.route(page.url(), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }))
    await twin.goto(page.url())
    return await look(twin)
  } finally {
    await twin.context().close()
  }
}

async function shapeFaults(page: Page): Promise<string[]> {
  const faults: string[] = []
  const headings = await page.locator('h1').count()
  if (headings !== 1) faults.push(`  ${headings} h1 headings instead of one`)
  if (!(await page.locator('html').getAttribute('lang'))) faults.push('  the page does not say its language')
  const text = await page.locator('body').innerText()
  const key =
    /\b(?:web|accounts|ops|profile|listing|directory|partners|federation|requests|safety|errors|hours|suggestions|searches|learning|chats|introductions|bookings):[a-zA-Z][\w.-]*\.\w+/.exec(
      text,
    )?.[0]
  if (key !== undefined) faults.push(`  a sentence is missing: ${key}`)
  const wide = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth)
  if (wide > 1) faults.push(`  ${wide} pixels wider than the window`)
  return faults
}

afterAll(async () => {
  const opened = browser
  browser = undefined
  await (await opened)?.close()
})

/** Keeps a screenshot of the whole page where PICTURES=<folder> asks for it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES']
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Presses Tab until the thing has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 250; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = await page
      .locator('*:focus')
      .first()
      .evaluateAll((found, wanted) => found.some((one) => one.matches(wanted)), selector)
    if (focused) return
  }
  throw new Error(`${selector} was not reached by keyboard on ${page.url()}`)
}

/** Goes on by the thing that has the focus, to the next page. */
export async function enter(page: Page): Promise<void> {
  const next = page.waitForEvent('domcontentloaded')
  await page.keyboard.press('Enter')
  await next
  await page.waitForLoadState()
}
