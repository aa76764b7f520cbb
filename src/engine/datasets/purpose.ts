/** What a file is read for: it decides how errors end. */
import { AppError } from '#shared/errors.ts'

export interface Purpose {
  /** What stayed as it was. */
  kept: string
  todo: string
}

export const purposes = {
  import: { kept: 'Nothing was imported.', todo: 'Mend the file and import it again.' },
  scoring: { kept: 'Nothing was scored.', todo: 'Mend the file and score again.' },
  training: { kept: 'Nothing was changed.', todo: 'Mend the file and try again.' },
} as const satisfies Record<string, Purpose>

/** An AppError that names the place at fault. */
export function unusable(place: string, reason: string, { kept, todo }: Purpose, cause?: unknown): AppError {
  return new AppError('bad-input', `${place}: ${reason}.`, { kept, todo, ...(cause === undefined ? {} : { cause }) })
}
