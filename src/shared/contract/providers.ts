/** The execution provider: what was asked for, what ran, and which should. */
import { z } from 'zod'
import { providers, type ProviderChoice, type ProviderStatus, type Settings } from '../domain.ts'
import { verb } from './verb.ts'

const none = z.undefined()

export const providerVerbs = {
  providers: {
    status: verb<ProviderStatus>()('main', none),
    /** Runs a small real graph in a throw-away process and compares it with the CPU's output. */
    probe: verb<ProviderStatus>()('main', z.object({ provider: z.enum(providers) })),
    /** Measures this machine's providers, each in a throw-away process, and keeps what was found in the settings; `providerTrial` tells how far it is. */
    choose: verb<ProviderChoice>()('main', none),
    cancelChoice: verb<null>()('main', none),
    /** The person takes the provider that was proposed, or leaves it. */
    answerChoice: verb<Settings>()('main', z.object({ take: z.boolean() })),
  },
}
