/** `trial-entry.ts` in the carried benchmark: the program of an encoder's lane lies beside it. */
import { threadProgramsIn } from '#engine/runtime/threads.ts'

threadProgramsIn(new URL('.', import.meta.url))
await import('#engine/provider-choice/trial-entry.ts')
