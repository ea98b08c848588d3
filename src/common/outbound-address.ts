import { promises, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { OutboundError } from './outbound-error.ts'

/** Every address of a name; rejects where there is none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** Asks the machine, which asks its own files and its name server. */
export const resolveHere: Resolve = (hostname) => promises.lookup(hostname, { all: true })

/** What a connection asks for addresses: it gets public ones only, and none that was not looked at. */
export function publicLookup(resolve: Resolve): LookupFunction {
  return lookupBy(async (hostname) => {
    const open = (await resolve(hostname)).filter(({ address }) => isPublicAddress(address))
    if (open.length === 0) throw new OutboundError('address-refused', `${hostname} has no public address`)
    return open
  })
}

/** The same without a look at the addresses, for nodes that are tried out on one machine. */
export function anyLookup(resolve: Resolve): LookupFunction {
  return lookupBy(resolve)
}

function lookupBy(resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses
      if (options.all) callback(null, [...addresses])
      else if (first) callback(null, first.address, first.family)
      else callback(new OutboundError('no-answer', `${hostname} has no address`), '', 0)
    }
    resolve(hostname).then(answer, (error: NodeJS.ErrnoException) => callback(error, '', 0))
  }
}

/**
 * Looks a name up for somebody else who will connect to it, such as a proxy. Stricter than for ourselves, since we cannot say which of
 * the addresses is taken: throws OutboundError address-refused if one of them is not public.
 */
export async function refuseInsideNames(hostname: string, resolve: Resolve): Promise<void> {
  if (isIP(hostname) !== 0) return // looked at already
  const addresses = await resolve(hostname)
  if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address)))
    throw new OutboundError('address-refused', `${hostname} has an address that is not public`)
}

// IANA special-purpose registries for IPv4 and IPv6, and what translates to them.
// prettier-ignore
const reservedFours = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4',
]
const reservedSixes = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
const globalUnicast = blockList('ipv6', ['2000::/3'])
const reserved = { ipv4: blockList('ipv4', reservedFours), ipv6: blockList('ipv6', reservedSixes) }

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

/** Whether an IP address can belong to somebody else's server on the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !reserved.ipv4.check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false // a zone names a network of this machine
  return globalUnicast.check(address, 'ipv6') && !reserved.ipv6.check(address, 'ipv6')
}
