/** A job's process: runs one job over a context that leads to main. Its priority is low: the annotator's cores come first. */
import { constants, setPriority } from 'node:os'
import { z } from 'zod'
import type { JobContext, PrintQuestion } from '#shared/jobs.ts'
import { jobEnvironmentSchema, jobInputSchema } from '#shared/jobs.ts'
import { runJob } from '#engine/jobs/job-functions.ts'
import { threadProgramsIn } from '#engine/runtime/threads.ts'
import { decodeBeside } from './photo-port.ts'
import { handler, serve } from './serve.ts'

setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
decodeBeside()
threadProgramsIn(new URL('.', import.meta.url))

serve('job', {
  run: handler(z.object({ input: jobInputSchema, environment: jobEnvironmentSchema }), ({ input, environment }, { signal, event, ask, unpaused }) => {
    const context: JobContext = {
      environment,
      emit: async (batch) => {
        await ask(batch)
      },
      progress: (progress) => event({ type: 'progress', progress }),
      signal,
      unpaused,
      print: async (page, file) => {
        const question: PrintQuestion = { kind: 'print', page, file }
        await ask(question)
      },
      executed: (provider, device) => event({ type: 'executed', provider, device }),
    }
    return runJob(input, context)
  }),
})
