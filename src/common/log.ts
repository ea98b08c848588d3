import { configure, getLogger, type Logger, type LogLevel, type LogRecord } from '@logtape/logtape'
import { instantOf } from './clock.ts'

export type { Logger, LogLevel }

/** The logger of one area. Log ids and counts; never names, addresses, tokens or message text. */
export function logger(area: string): Logger {
  return getLogger(['sideways', area])
}

/**
 * Sets up logging for the whole process, once. Fedify attaches whole activities and headers to its records,
 * so only their message text is kept, never their properties.
 */
export async function startLogging(level: LogLevel): Promise<void> {
  // On standard error, so that what a command prints with --json is JSON and nothing else.
  const terminal = (record: LogRecord): void => {
    const text = record.category[0] === 'fedify' ? String(record.rawMessage) : record.message.map(String).join('')
    const time = instantOf(record.timestamp)?.toISOString() ?? ''
    process.stderr.write(`${time} ${record.level} ${record.category.join('.')} ${text}\n`)
  }
  await configure({
    reset: true,
    sinks: { terminal },
    loggers: [
      { category: ['sideways'], lowestLevel: level, sinks: ['terminal'] },
      { category: ['fedify'], lowestLevel: level === 'debug' ? 'info' : 'error', sinks: ['terminal'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['terminal'] },
    ],
  })
}
