import { readFileSync } from 'node:fs'
import { configurationPage, errorCodesPage, pages } from '../../bin/docs.ts'
import { refusals } from '../../src/common/errors.ts'
import { settings } from '../../src/config.ts'

test('the made pages are those of the schemas, codes and words (npm run docs)', async () => {
  for (const [path, text] of Object.entries(await pages())) {
    expect([path, readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')]).toEqual([path, text])
  }
})

test('the page of settings has a row for each, with its file form', () => {
  const page = configurationPage()
  for (const { 'x-env': name } of Object.values(settings()))
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| .{20,} \\| \`${name}_FILE\` \\|$`, 'm'))
})

test('the page of error codes has a place for each, which its address names', async () => {
  const page = await errorCodesPage()
  for (const code of ['invalid-input', ...Object.keys(refusals), 'problem'])
    expect(page).toMatch(new RegExp(`^## ${code}\n\n\\d{3}: .+\\.\n\n.+`, 'm'))
  expect(page).not.toMatch(/\{\{|undefined|errors:/)
})
