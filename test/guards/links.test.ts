import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every page in Markdown of this project, by its path from the root. */
function markdownPages(): readonly string[] {
  const ours = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.') && !['node_modules', 'data', 'tmp'].includes(entry.name),
  )
  return ours.flatMap((entry) =>
    entry.isDirectory()
      ? readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('.md'))
          .map((path) => `${entry.name}/${path.replaceAll('\\', '/')}`)
      : entry.name.endsWith('.md')
        ? [entry.name]
        : [],
  )
}

/** A page without what is shown as code, where nothing is a link. */
function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code')
}

/** Where the links and pictures of a page lead, addresses of other sites left out. */
function relativeLinks(text: string): readonly string[] {
  const inline = [...prose(text).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '')
  const named = [...prose(text).matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)].map((match) => match[1] ?? '')
  return [...inline, ...named].filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
}

/** The anchors of a page's headings, as GitHub and most others make them. */
function anchors(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  return new Set(
    [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map((match) => {
      const plain = (match[1] ?? '').replaceAll('`', '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      const slug = plain
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-')
      const before = seen.get(slug) ?? 0
      seen.set(slug, before + 1)
      return before === 0 ? slug : `${slug}-${before}`
    }),
  )
}

/** Every link of a page that leads nowhere. */
function brokenLinks(page: string): readonly string[] {
  return relativeLinks(readFileSync(join(root, page), 'utf8')).filter((link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? join(root, page) : join(root, dirname(page), decodeURIComponent(path))
    if (!existsSync(target)) return true
    if (anchor === undefined || !target.endsWith('.md')) return false
    return !anchors(readFileSync(target, 'utf8')).has(anchor)
  })
}

test('every link between the pages of this project leads to a file, and to a heading that it has', () => {
  const pages = markdownPages()
  expect(pages).toContain('README.md')
  expect(pages.flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))).toEqual([])
})

test('links, pictures and headings are found, and nothing in code is taken for one', () => {
  const text = [
    '# The `first` one, §1',
    'See [a](one.md#x), ![b](two.png "title"), [c](https://elsewhere.example/) and [d][e].',
    '`[f](three.md)`',
    '```md',
    '# no heading',
    '[g](four.md)',
    '```',
    '[e]: five.md',
    '## Twice',
    '## Twice',
  ].join('\n')
  expect(relativeLinks(text)).toEqual(['one.md#x', 'two.png', 'five.md'])
  expect([...anchors(text)]).toEqual(['the-first-one-1', 'twice', 'twice-1'])
})
