// Reads what a TypeScript file imports, without a compiler (TypeScript 7 has no JavaScript API). A scanner of characters:
// it knows comments, strings, templates and regular expressions, and nothing of types.

export type Import = {
  /** As written: './store.ts', 'typeorm', 'node:fs'; '' when it is computed. */
  readonly from: string
  /** The names taken, as the other file calls them; '*' for all, 'default' for the default export. */
  readonly names: readonly string[]
  /** Erased before the program runs. `import { type A } from` is not: Node still loads the file. */
  readonly typeOnly: boolean
}

export type Reading = {
  /** The text with comments and the contents of strings and regular expressions blanked. Same length. */
  readonly code: string
  /** The text with comments blanked. Same length. */
  readonly strings: string
}

/** Blanks what is not code. Offsets and line numbers stay. */
export function read(text: string): Reading {
  const code = text.split('')
  const strings = text.split('')
  const open: number[] = [] // depth of braces at each `${` that is open
  let depth = 0
  let at = 0
  const blank = (end: number, inStrings: boolean): void => {
    for (; at < end; at += 1) {
      if (text[at] === '\n') continue
      code[at] = ' '
      if (inStrings) strings[at] = ' '
    }
  }
  const template = (): void => {
    let end = at
    while (end < text.length && text[end] !== '`' && !(text[end] === '$' && text[end + 1] === '{'))
      end += text[end] === '\\' ? 2 : 1
    blank(end, false)
    if (text[at] === '$') {
      open.push(depth)
      depth += 1
      at += 2
    } else at += 1
  }
  while (at < text.length) {
    const here = text[at] ?? ''
    const two = text.slice(at, at + 2)
    if (two === '//') blank(endOf(text, '\n', at), true)
    else if (two === '/*') blank(endOf(text, '*/', at + 2) + 2, true)
    else if (here === "'" || here === '"') {
      let end = at + 1
      while (end < text.length && text[end] !== here && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1
      at += 1
      blank(end, false)
      at += 1
    } else if (here === '`') {
      at += 1
      template()
    } else if (here === '/' && startsPattern(code.slice(Math.max(0, at - 80), at).join(''))) {
      let end = at + 1
      let inClass = false
      while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
        if (text[end] === '[') inClass = true
        if (text[end] === ']') inClass = false
        end += text[end] === '\\' ? 2 : 1
      }
      at += 1
      blank(end, false)
      at += 1
    } else if (here === '}' && open.at(-1) === depth - 1) {
      open.pop()
      depth -= 1
      at += 1
      template()
    } else {
      if (here === '{') depth += 1
      if (here === '}') depth -= 1
      at += 1
    }
  }
  return { code: code.join(''), strings: strings.join('') }
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found
}

// A slash divides after a value, and begins a regular expression after anything else.
function startsPattern(before: string): boolean {
  const text = before.trimEnd()
  return (
    text === '' ||
    /[([{,;:=!&|?+\-*%<>~^}]$/.test(text) ||
    /(?<![\w$.])(return|typeof|case|in|of|await|yield|else|throw)$/.test(text)
  )
}

/** Everything that a file imports or passes on: import, import type, export … from, import(), require(). */
export function importsOf({ code, strings }: Reading): readonly Import[] {
  const found: Import[] = []
  const written = (start: number, end: number): string => strings.slice(start, end)
  for (const match of code.matchAll(
    /(?<![\w$.])(?:import|export)\b(\s+type\b(?!\s*(?:from|,)))?([^'"`;()=]*?)\bfrom\s*['"]( *)['"]/g,
  )) {
    const end = match.index + match[0].length - 1
    found.push({
      from: written(end - (match[3]?.length ?? 0), end),
      names: namesIn(match[2] ?? ''),
      typeOnly: match[1] !== undefined,
    })
  }
  for (const match of code.matchAll(/(?<![\w$.])import\s*['"]( *)['"]/g)) {
    const end = match.index + match[0].length - 1
    found.push({ from: written(end - (match[1]?.length ?? 0), end), names: [], typeOnly: false })
  }
  for (const match of code.matchAll(/(?<![\w$.])(?:import|require)\s*\(\s*(?:(['"`])( *)\1)?/g)) {
    const end = match.index + match[0].length - 1
    const constant = match[2] !== undefined && !written(end - match[2].length, end).includes('${')
    found.push({ from: constant ? written(end - (match[2]?.length ?? 0), end) : '', names: ['*'], typeOnly: false })
  }
  return found
}

function namesIn(clause: string): readonly string[] {
  const braces = /\{([^}]*)\}/.exec(clause)
  const named = (braces?.[1] ?? '').split(',').map(
    (part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)[0] ?? '',
  )
  const rest = clause
    .replace(/\{[^}]*\}/, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return [...named.filter((name) => name !== ''), ...rest.map((part) => (part.startsWith('*') ? '*' : 'default'))]
}
