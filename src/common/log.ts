import { configure, getConsoleSink, getLogger, type Logger, type LogLevel } from '@logtape/logtape'
import { instantOf } from "./clock.ts"

export type { Logger, LogLevel }

/** The logger of one area. Log ids and counts; never names, addresses, tokens or message text. */
export function logger(area: string): Logger {
  return getLogger(['sideways', area])
}

/**
 * Sets up logging for the whole process, once. Fedify attaches whole activities and headers to its records
 * (fedify.md section 8), so only its message text is kept, never its properties.
 */
export async function startLogging(level: LogLevel): Promise<void> {
  const console = getConsoleSink({
    formatter: (record) => {
      const text = record.category[0] === 'fedify' ? String(record.rawMessage) : record.message.map(String).join('')
      return [`${instantOf(record.timestamp)?.toISOString() ?? ""} ${record.level} ${record.category.join('.')} ${text}`]
    },
  })
  await configure({
    reset: true,
    sinks: { console },
    loggers: [
      { category: ['sideways'], lowestLevel: level, sinks: ['console'] },
      { category: ['fedify'], lowestLevel: level === 'debug' ? 'info' : 'error', sinks: ['console'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['console'] },
    ],
  })
}
