// Compiles src/web/assets/styles.scss. `npm run styles`; the result is committed, so a host needs no compiler.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from 'sass'

const assets = new URL('../src/web/assets/', import.meta.url)

/** The style sheet as its source stands now. */
export function styles(): string {
  return compile(fileURLToPath(new URL('styles.scss', assets)), { style: 'compressed', quietDeps: true }).css
}

if (process.argv[1]?.endsWith('styles.ts')) writeFileSync(new URL('styles.css', assets), `${styles()}\n`)
