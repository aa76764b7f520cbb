/** A time limit for what may never answer: a dead share, a process that hangs. */
import { AppError } from '#shared/errors.ts'

/**
 * The result of `work`, or an error once `milliseconds` are over. The work itself is not ended by it: whoever can, ends it.
 * @throws AppError `unavailable` saying that `what` did not answer; what `work` throws
 */
export async function within<Result>(milliseconds: number, what: string, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(lateAnswer(what, milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** `what` begins the sentence. */
export function lateAnswer(what: string, milliseconds: number): AppError {
  return new AppError('unavailable', `${what} did not answer within ${Math.round(milliseconds / 1000)} seconds.`, {
    kept: 'Nothing was changed.',
    todo: 'Check the disk or share that it lies on, and try again.',
  })
}
