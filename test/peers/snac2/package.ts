import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run, Skip } from '../skip.ts'

/** snac2 with every library that it needs, unpacked in a folder of its own. */
export type Snac2Package = {
  readonly version: string
  /** Runs it by its own suite's dynamic loader; the arguments of snac follow. */
  readonly command: readonly string[]
}

const network = "The first run needs the network and Debian's mirror; later ones take what is in the folder of --cache."

/** snac2 of a suite of Debian: from the cache, or from the mirror that this machine uses. Throws Skip where it cannot be had. */
export async function snac2OfDebian(cache: string, suite: string, say: (line: string) => void): Promise<Snac2Package> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Skip(
      `this is ${process.platform} on ${process.arch}, and the script runs Debian's packages for Linux on x64. Run it there.`,
    )
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const { uid, mode } = await lstat(cache)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Skip(`others may write to ${cache}, and what is in it is run. Name another folder with --cache.`)
  const folder = join(cache, suite)
  if (!existsSync(join(folder, 'version'))) {
    const source = await mirrorOf(suite)
    say(`Getting snac2 from ${suite} …`)
    const unfinished = `${folder}-${process.pid}`
    try {
      await unpack(unfinished, source)
      await rm(folder, { recursive: true, force: true })
      await rename(unfinished, folder)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  }
  const libraries = join(folder, 'root/usr/lib/x86_64-linux-gnu')
  const loader = join(libraries, 'ld-linux-x86-64.so.2')
  return {
    version: (await readFile(join(folder, 'version'), 'utf8')).trim(),
    command: [loader, '--library-path', libraries, join(folder, 'root/usr/bin/snac')],
  }
}

// One line for apt: the suite, from where this machine gets its own Debian.
async function mirrorOf(suite: string): Promise<string> {
  const release = existsSync('/etc/os-release') ? await readFile('/etc/os-release', 'utf8') : ''
  const of = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(release)?.[1] ?? ''
  if (of('ID') !== 'debian')
    throw new Skip('this is not Debian, whose mirror has snac2. Run it in a container of Debian.')
  const targets = run(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    network,
  )
  const own = targets.split('\n').map((line) => line.split(' '))
  const [mirror] = own.find(([, name, component]) => name === of('VERSION_CODENAME') && component === 'main') ?? []
  if (mirror === undefined) throw new Skip('apt has no mirror of Debian set. Add one to its sources.')
  const keyring = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`).find(existsSync)
  return `deb ${keyring === undefined ? '' : `[signed-by=${keyring}] `}${mirror} ${suite} main\n`
}

async function unpack(folder: string, source: string): Promise<void> {
  const at = (path: string): string => join(folder, path)
  for (const path of ['lists/partial', 'cache/archives/partial', 'root']) await mkdir(at(path), { recursive: true })
  await writeFile(at('sources.list'), source)
  await writeFile(at('status'), '') // nothing is installed there, so all that snac2 needs comes with it
  const settings = {
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': '-',
    'Dir::State::lists': at('lists'),
    'Dir::State::status': at('status'),
    'Dir::State::extended_states': at('extended'),
    'Dir::Cache': at('cache'),
    'APT::Install-Recommends': 'false',
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': 'root',
    'APT::Default-Release': '',
    'Debug::NoLocking': 'true',
  }
  const apt = (...args: readonly string[]): string =>
    run(
      'apt-get',
      ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...args],
      network,
    )
  apt('update')
  apt('install', '--download-only', '--yes', 'snac2')
  const packages = (await readdir(at('cache/archives'))).filter((name) => /^(snac2|lib|zlib).*\.deb$/.test(name))
  const snac2 = packages.find((name) => name.startsWith('snac2_'))
  if (snac2 === undefined) throw new Skip(`apt downloaded no snac2. ${network}`)
  for (const name of packages) run('dpkg-deb', ['--extract', at(`cache/archives/${name}`), at('root')], network)
  const version = run('dpkg-deb', ['--field', at(`cache/archives/${snac2}`), 'Version'], network)
  for (const path of ['lists', 'cache']) await rm(at(path), { recursive: true, force: true })
  await writeFile(at('version'), version)
}
