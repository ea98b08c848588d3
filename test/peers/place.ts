import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run, Skip } from './skip.ts'

/** Where invented names lead to this machine and a private certificate authority is believed; nothing else sees any of it. */
export type Place = {
  /** What comes before the command that is to run there. */
  readonly command: readonly string[]
  /** Files in PEM: the authority's certificate, and the certificate of all names with its key. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
  /** The loopback address of each name. */
  readonly addresses: Readonly<Record<string, string>>
}

const bundle = '/etc/ssl/certs/ca-certificates.crt'
const hosts = '/etc/hosts'

/** Prepares a mount namespace in which `names` are addresses of loopback. Throws Skip where that is not permitted. */
export async function aPlaceOfItsOwn(folder: string, names: readonly string[]): Promise<Place> {
  if (process.getuid?.() !== 0)
    throw new Skip(
      'this user may not listen on port 443 or make a mount namespace. Run it as root, in a container for example.',
    )
  if (!existsSync(bundle)) throw new Skip(`there is no ${bundle}. Install ca-certificates.`)
  const at = (file: string): string => join(folder, file)
  const addresses = Object.fromEntries(names.map((name, index) => [name, `127.77.0.${index + 1}`]))
  makeCertificates(at, names)
  const lines = Object.entries(addresses).map(([name, address]) => `${address} ${name}\n`)
  await writeFile(at('hosts'), `${await readFile(hosts, 'utf8')}\n${lines.join('')}`)
  await writeFile(at('bundle.pem'), `${await readFile(bundle, 'utf8')}\n${await readFile(at('authority.pem'), 'utf8')}`)
  const mounts = `mount --bind "$1" ${hosts} && mount --bind "$2" ${bundle} && shift 2 && exec "$@"`
  const command = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    mounts,
    'sh',
    at('hosts'),
    at('bundle.pem'),
  ]
  const [program = '', ...args] = command
  run(
    program,
    [...args, 'true'],
    'It needs the right to make mount namespaces: a container must be run with --privileged.',
  )
  return { command, authority: at('authority.pem'), certificate: at('certificate.pem'), key: at('key.pem'), addresses }
}

function makeCertificates(at: (file: string) => string, names: readonly string[]): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const openssl = (...args: readonly string[]): string => run('openssl', args, 'Install openssl.')
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=Made for one run',
    '-keyout',
    at('authority.key'),
    '-out',
    at('authority.pem'),
  )
  const alternative = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`
  const authority = ['-CA', at('authority.pem'), '-CAkey', at('authority.key')]
  openssl(
    'req',
    '-x509',
    ...key,
    ...authority,
    '-subj',
    '/CN=peers.test',
    '-addext',
    alternative,
    '-addext',
    'basicConstraints=CA:FALSE',
    '-keyout',
    at('key.pem'),
    '-out',
    at('certificate.pem'),
  )
}
