/** A throw-away process that asks for one execution provider: a driver that crashes takes only it along. */
import { z } from 'zod'
import { providers } from '#shared/domain.ts'
import { trialRequestSchema } from '#engine/provider-choice/trial-request.ts'
import { runTrial } from '#engine/provider-choice/trial.ts'
import { probeHere } from '#engine/runtime/probe.ts'
import { threadProgramsIn } from '#engine/runtime/threads.ts'
import { handler, serve } from './serve.ts'

threadProgramsIn(new URL('.', import.meta.url))

serve('probe', {
  probe: handler(z.object({ provider: z.enum(providers) }), ({ provider }) => probeHere(provider)),
  trial: handler(trialRequestSchema, (request, { event }) => runTrial(request, (work) => event({ work }))),
})
