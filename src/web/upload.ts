import type { RequestHandler } from 'express'
import multer, { MulterError } from 'multer'
import { InvalidInput } from '../common/errors.ts'

/**
 * Reads a form with one file in the field named, into memory. A file that is larger, a second one, or a body that cannot be read is
 * InvalidInput at that field.
 */
export function readUpload(field: string, maxBytes: number): RequestHandler {
  const read = multer({
    storage: multer.memoryStorage(),
    limits: {
      fileSize: maxBytes,
      files: 1,
      fields: 10,
      parts: 12,
      fieldSize: 4096,
      fieldNameSize: 60,
      headerPairs: 20,
    },
  }).single(field)
  return (request, response, next) => {
    read(request, response, (error: unknown) => {
      if (error === undefined || error === null) return next()
      const rule = error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE' ? 'size' : 'unreadable'
      next(new InvalidInput([{ field, rule, detail: { limit: Math.floor(maxBytes / 1024 / 1024) } }]))
    })
  }
}
