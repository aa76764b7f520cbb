/** `trial-entry.ts` in the carried benchmark: the program of an encoder's lane lies beside it. */
import { lanesRun } from '#engine/vision/encoders/encoder-lanes.ts'

lanesRun(new URL('./encoder-lane.js', import.meta.url))
await import('#engine/provider-choice/trial-entry.ts')
