/** JSON in columns of the database: Capstan wrote it, and somebody may have changed it since. */
import type { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { jsonOf } from '#shared/json.ts'

/** @throws AppError `corrupt` */
export function storedJson<Schema extends z.ZodType>(schema: Schema, json: string): z.infer<Schema> {
  return jsonOf(
    schema,
    json,
    (reason, cause) =>
      new AppError('corrupt', `The workspace’s database holds something that Capstan did not write: ${reason}.`, {
        kept: 'Everything else is kept.',
        todo: 'Restore a copy of workspace.db, from its backups/ for example.',
        cause,
      }),
  )
}
