// The web process of a node on a large directory, whose clock begins when that was invented.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const [{ later }, { startLogging }, { readConfig }, { startNode }, { populationNow }] = await Promise.all([
  import('../src/common/clock.ts'),
  import('../src/common/log.ts'),
  import('../src/config.ts'),
  import('../src/node.ts'),
  import('./population-people.ts'),
])

const config = readConfig(process.env)
if (config.databaseUrl === undefined) throw new Error('populated-node needs DATABASE_URL')
await startLogging(config.logLevel)
const node = await startNode({
  config: { ...config, databaseUrl: config.databaseUrl },
  roles: { web: true, worker: false },
  overrides: { now: () => later(populationNow, performance.now()) },
})

let stopping: Promise<void> | undefined
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void (stopping ??= node.stop().finally(() => process.exit())))
console.log(JSON.stringify({ url: node.url }))
