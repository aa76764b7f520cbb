/** A thread that doubles numbers, refuses zero, and leaves when it is told a negative one. */
import { answerQuestions } from '#engine/runtime/threads.ts'
import { AppError } from '#shared/errors.ts'

answerQuestions(
  async (number: number) => {
    if (number < 0) process.exit(3)
    if (number === 0) throw new AppError('bad-input', 'Zero is not doubled.')
    return Promise.resolve(2 * number)
  },
  () => [],
)
