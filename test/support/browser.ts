// A reader without scripts: keeps cookies, sends what a browser sends, and follows redirects. Real HTTP to a real node.
export type Answer = { readonly status: number; readonly url: string; readonly text: string; readonly headers: Headers }

export type Reader = {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends a form as a browser does from the node's own page. */
  post(
    path: string,
    values: Readonly<Record<string, string | readonly string[]>>,
    headers?: Record<string, string>,
  ): Promise<Answer>
  cookies: Map<string, string>
}

/** A new reader of the node at `origin`, signed out. */
export function aReader(origin: string): Reader {
  const cookies = new Map<string, string>()
  async function send(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
    hops = 0,
  ): Promise<Answer> {
    const url = new URL(path, origin)
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...init.headers,
        ...(cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
      },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const at = pair.indexOf('=')
      if (/expires=Thu, 01 Jan 1970/i.test(cookie)) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null && hops < 6)
      return send(new URL(location, url).href, {}, hops + 1)
    return {
      status: response.status,
      url: url.pathname + url.search,
      text: await response.text(),
      headers: response.headers,
    }
  }
  return {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post(path, values, headers = {}) {
      const body = new URLSearchParams()
      for (const [name, value] of Object.entries(values))
        for (const one of typeof value === 'string' ? [value] : value) body.append(name, one)
      return send(path, {
        method: 'POST',
        body,
        headers: {
          'sec-fetch-site': 'same-origin',
          origin,
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      })
    },
  }
}
