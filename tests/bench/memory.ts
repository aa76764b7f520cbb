/**
 * `npm run bench -- memory`: resident megabytes along a long training and along long captioning from features, one reading a tenth of the way: they should stay
 * flat once the first steps are done. Batches are of real or drawn captions, so that their lengths, and with them the packed sizes, change.
 * Options: --steps (of training), --batches (captioned), --captions (coco, flickr8k, drawn), --layers, --width, --words, --tokens, --images, --threads.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { captionFromFeatures } from '#engine/captioning/caption-from-features.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { batchPlanner, fillBatch } from '#engine/training/data/batches.ts'
import { packedSizesOf } from '#engine/training/data/packing.ts'
import { openTrainingSession, type TrainingGraphs } from '#engine/training/loop/training-session.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore } from '#engine/training/optimiser/parameter-store.ts'
import { openSubject, type Subject } from './pytorch/subject.ts'

/** Megabytes after each tenth. */
interface Readings {
  readonly done: number
  readonly megabytes: readonly number[]
  /** The last reading over the second. */
  readonly growth: number
}

export interface MemoryBenchmark {
  parameters: number
  batch: string
  training: Readings
  captioning: Readings
  peakMegabytes: number
}

export async function run(args: string[]): Promise<MemoryBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      steps: option('1000'),
      batches: option('100'),
      captions: option('coco'),
      layers: option('3'),
      width: option('384'),
      words: option('2500'),
      tokens: option('25'),
      images: option('20'),
      threads: option(String(availableParallelism())),
    },
  })
  const [layers, width, words, tokens, images, threads] = [values.layers, values.width, values.words, values.tokens, values.images, values.threads].map(Number)
  const subject = await openSubject({ captions: values.captions, model: undefined, layers, width, words, tokens, images, decoded: images })
  const training = await trained(subject, Number(values.steps), threads)
  const captioning = await captioned(subject, Number(values.batches), threads)
  return {
    parameters: subject.captioner.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0),
    batch: `${images} images × ${subject.recipe.captionsPerImage} captions × ${subject.recipe.maximumWords + 1} tokens, ${tokens} visual tokens`,
    training,
    captioning,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}

async function trained({ captioner, weights, recipe, features, examples }: Subject, steps: number, threads: number): Promise<Readings> {
  const { batchImages, captionsPerImage, cutCaptions, labelSmoothing } = recipe
  const planner = batchPlanner(examples, [], { seed: 1, batchImages, captionsPerImage, mirror: false, replayShare: 0 })
  const shape = { images: batchImages, captionsPerImage, steps: recipe.maximumWords + 1, visualTokens: features.visualTokens }
  const store = createParameterStore(captioner, weights, { trainable: () => true, weightDecay: 0.02, averaging: true })
  const graphs: TrainingGraphs = {
    shape,
    sizes: packedSizesOf(planner, { allPlaces: batchImages * captionsPerImage * shape.steps, steps: shape.steps, totalSteps: steps, cutCaptions }),
    graphOf: (size) => captioner.trainingGraph(size, { labelSmoothing, dropout: 'fed', trainable: () => true }),
  }
  const session = await openTrainingSession(graphs, features.featureWidth, store, { seed: 1, session: { threads } })
  const optimizer = await createOptimizer(store, recipe.optimizer, recipe.averaging, threads)
  const readings = await along(steps, async (step) => {
    fillBatch(session.batch, planner.plan(step), shape.steps, features, cutCaptions)
    await session.run(step, Math.floor((step - 1) / planner.stepsPerEpoch))
    await optimizer.update(step, 1e-4)
  })
  await optimizer.close()
  await session.close()
  return readings
}

async function captioned({ captioner, weights, features, keys }: Subject, batches: number, threads: number): Promise<Readings> {
  const decoder = await openCaptionDecoder(captioner, weights, { threads })
  const readings = await along(batches, async (batch) => {
    // Batches of changing sizes, as libraries end in one.
    await captionFromFeatures(decoder, features, keys.slice(0, 1 + (batch % keys.length)), { method: { kind: 'beam', beams: 3 } })
  })
  await decoder.close()
  return readings
}

/** Does something `count` times and reads the memory after each tenth. */
async function along(count: number, work: (number: number) => Promise<void>): Promise<Readings> {
  const megabytes: number[] = []
  for (let number = 1; number <= count; number++) {
    await work(number)
    if (number % Math.max(1, Math.floor(count / 10)) === 0) megabytes.push(Math.round(process.memoryUsage().rss / 2 ** 20))
  }
  return { done: count, megabytes, growth: megabytes[megabytes.length - 1] / megabytes[Math.min(1, megabytes.length - 1)] }
}
