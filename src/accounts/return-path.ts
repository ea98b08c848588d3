/**
 * Where to go after signing in: a path on this node, or undefined for anything that a browser could read as another place
 * (`//host`, `/\host`, a scheme, control characters). At most 500 characters. Not checked: that there is such a page.
 */
export function returnPath(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 500 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\'))
    return undefined
  if (!URL.canParse(text, somewhere)) return undefined
  const url = new URL(text, somewhere)
  return url.origin === somewhere && !url.pathname.startsWith('//') ? text : undefined
}

const somewhere = 'https://node.invalid'
