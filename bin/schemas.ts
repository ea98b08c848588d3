// Makes src/common/schema-types.ts from schemas/*.json. `npm run schemas`; a guard compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compile } from 'json-schema-to-typescript'

const folder = new URL('../schemas/', import.meta.url)
const target = new URL('../src/common/schema-types.ts', import.meta.url)

/** The text of schema-types.ts as the schemas stand now. */
export async function schemaTypes(): Promise<string> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'openapi.json')
    .map((file) => file.slice(0, -5))
    .toSorted()
  const parts: string[] = []
  for (const name of names) {
    // Definitions of two schemas may share a name; in the types each carries its schema's.
    const text = readFileSync(new URL(`${name}.json`, folder), 'utf8').replaceAll('"#/$defs/', `"#/$defs/${name}-`)
    const schema = JSON.parse(text)
    delete schema.$id
    if (schema.$defs)
      schema.$defs = Object.fromEntries(Object.entries(schema.$defs).map(([key, value]) => [`${name}-${key}`, value]))
    schema.title = typeName(name)
    const types = await compile(schema, typeName(name), {
      bannerComment: '',
      additionalProperties: false,
      format: false,
      ignoreMinAndMaxItems: true,
      cwd: folder.pathname,
    })
    parts.push(`// schemas/${name}.json\n${types.trim()}\n`)
  }
  const table = names.map((name) => `  '${name}': ${typeName(name)}`).join('\n')
  return `// Made by \`npm run schemas\` from schemas/*.json. Do not edit.\n\n${parts.join('\n')}\n/** Every schema by its file name. */\nexport type Schemas = {\n${table}\n}\n`
}

function typeName(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

if (process.argv[1]?.endsWith('schemas.ts')) writeFileSync(target, await schemaTypes())
