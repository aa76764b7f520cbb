/** A process that trains a tiny captioner with a checkpoint after every step and says what it has on disk. Its parent kills it. */
import { createHash } from 'node:crypto'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from './tiny-training.ts'

const [folder = ''] = process.argv.slice(2)
const training = trainCaptioner({
  captioner: tinyCaptioner,
  start: initialWeights(tinyCaptioner, 1),
  recipe: { ...tinyRecipe, epochs: 100, checkpointSteps: 1 },
  examples: tinyExamples,
  features: tinyFeatures,
  checkpointFolder: folder,
  resume: true,
  session: { threads: 1 },
})
for await (const event of training) {
  if (event.kind === 'started' || event.kind === 'checkpoint') process.stdout.write(`${event.kind} ${event.step}\n`)
  if (event.kind !== 'finished') continue
  const digest = createHash('sha256')
  for (const [name, values] of event.weights) digest.update(name).update(values)
  process.stdout.write(`finished ${digest.digest('hex')}\n`)
}
