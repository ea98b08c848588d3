import { BlockList, isIP } from 'node:net'

// Lists of hosts as people write them into settings: lower case, since the settings are read so.

/** Whether SIDEWAYS_EGRESS_ALLOW lets a host be asked: by its whole name, or by `*.suffix` for all names below it. No list lets all. */
export function isAllowedHost(hostname: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true
  const name = plain(hostname)
  return allowed.some((entry) => (entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry))
}

/**
 * Whether NO_PROXY says that a host is asked directly. As curl and most programs read it: `*` is every host, a name is itself and all
 * below it, with or without a dot or `*.` before it, an address is itself, and a range such as 10.0.0.0/8 is every address in it. A
 * port behind a name counts only if it is 443.
 */
export function bypassesProxy(hostname: string, noProxy: readonly string[]): boolean {
  const name = plain(hostname)
  return noProxy.some((entry) => {
    if (entry === '*') return true
    if (entry.includes('/')) return isInRange(name, entry)
    const [host = '', port] = isIP(entry) === 6 ? [entry] : (/^(.*):(\d+)$/.exec(entry)?.slice(1) ?? [entry])
    if (port !== undefined && port !== '443') return false
    const suffix = plain(host.replace(/^\*?\./, ''))
    return suffix !== '' && (name === suffix || (isIP(name) === 0 && name.endsWith(`.${suffix}`)))
  })
}

function isInRange(name: string, range: string): boolean {
  const [net = '', bits = ''] = range.split('/')
  const family = isIP(net)
  if (family === 0 || isIP(name) !== family || !/^\d{1,3}$/.test(bits)) return false
  if (Number(bits) > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(name, family === 4 ? 'ipv4' : 'ipv6')
}

// `[::1]` is ::1, and a name with the dot of the root is the same name.
function plain(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
