import { paths } from '../../src/common/paths.ts'
import { aNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'

// A kit on the screen, and on paper: what is printed is what is to be done, and nothing around it.

test('a kit fits a narrow screen, reads well with axe, and prints without the page around it', async () => {
  const node = await aNode()
  const page = await openBrowser({ width: 320, javaScriptEnabled: false })
  for (const address of [
    paths.kit('first-chat'),
    `${paths.kit('reading-pair')}?as=large&lang=cy`,
    `${paths.kit('three-way-consult')}?lang=en`,
  ]) {
    await page.emulateMedia({ media: 'screen' })
    await page.goto(`${node.url}${address}`)
    await checkPage(page, address)
    const around = page
      .locator('.sw-header, .sw-footer, .govuk-service-navigation, .sw-screen')
      .filter({ visible: true })
    expect(await around.count()).toBeGreaterThan(0)
    await page.emulateMedia({ media: 'print' })
    expect(await around.count()).toBe(0)
    expect(await page.locator('.sw-kit__steps li').filter({ visible: true }).count()).toBeGreaterThanOrEqual(3)
  }
})
