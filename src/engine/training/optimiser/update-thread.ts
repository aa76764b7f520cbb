/** The program of an optimiser's thread: answers `update-threads.ts`. */
import { workerData } from 'node:worker_threads'
import { answerQuestions } from '#engine/runtime/threads.ts'
import { openAdamwKernel } from './adamw-kernel.ts'
import { arraysIn } from './parameter-store.ts'
import { does, type Task, type UpdateData } from './update-threads.ts'

// What `openUpdateThreads` told it.
const { memory, length, averaging } = workerData as UpdateData
const kernel = openAdamwKernel(memory, arraysIn(memory, length, averaging))

answerQuestions(
  async (task: Task) => does(await kernel, task),
  () => [],
)
