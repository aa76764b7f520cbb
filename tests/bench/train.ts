/**
 * `npm run bench -- train`: GFLOP/s of whole training steps (batch, forward, backward, AdamW, moving average) beside a bare matrix product in
 * turns. Counted are the multiplications and additions of the graph's matrix products over the targets that count, forward and backward, and nothing else.
 * Options: --captioner (transformer, object-relation, geometry-aware), --layers, --width, --words, --images, --steps, --tokens, --threads.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { batchPlanner, fillBatch } from '#engine/training/data/batches.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { packedSizesOf } from '#engine/training/data/packing.ts'
import { openTrainingSession, type TrainingGraphs } from '#engine/training/loop/training-session.ts'
import { openBareProduct } from '../support/bare-product.ts'
import { operationsOverTargets } from '../support/counted-operations.ts'
import { drawnExamples, drawnFeatures, featureWidth, gridOf } from '#engine/provider-choice/drawn.ts'

export interface TrainBenchmark {
  captioner: string
  parameters: number
  batch: string
  threads: number
  gigaflopPerStep: number
  secondsPerStep: number
  gigaflopPerSecond: number
  bareProduct: string
  bareGigaflopPerSecond: number
  /** training over bare */
  ratio: number
  /** share of a step spent in the optimiser */
  optimizerShare: number
  tokensPerSecond: number
  peakMemoryMegabytes: number
}

export async function run(args: string[]): Promise<TrainBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      captioner: option('transformer'),
      layers: option('3'),
      width: option('384'),
      words: option('2500'),
      images: option('20'),
      steps: option('8'),
      tokens: option('25'),
      threads: option(String(availableParallelism())),
    },
  })
  const [width, visualTokens, images, threads] = [Number(values.width), Number(values.tokens), Number(values.images), Number(values.threads)]
  const sizes = { encoderLayers: Number(values.layers), decoderLayers: Number(values.layers), width, feedForward: 4 * width }
  const recipe = trainingRecipeSchema.parse({ batchImages: images, captioner: { architecture: values.captioner, ...sizes } })
  const captioner = createCaptioner(captionerConfig(recipe, { featureWidth, visualTokens, grid: gridOf(visualTokens) }, Number(values.words)))
  const store = createParameterStore(captioner, initialWeights(captioner, 1), { trainable: () => true, weightDecay: 0.02, averaging: true })
  const steps = recipe.maximumWords + 1
  const { captionsPerImage, labelSmoothing, cutCaptions } = recipe
  const shape = { images, captionsPerImage, steps, visualTokens }
  const optimizer = await createOptimizer(store, recipe.optimizer, recipe.averaging, threads)
  const features = drawnFeatures(visualTokens)
  const planner = batchPlanner(drawnExamples(images, Number(values.words)), [], {
    seed: 1,
    batchImages: images,
    captionsPerImage: recipe.captionsPerImage,
    mirror: false,
    replayShare: 0,
  })
  const graphs: TrainingGraphs = {
    shape,
    sizes: packedSizesOf(planner, { allPlaces: images * captionsPerImage * steps, steps, totalSteps: planner.stepsPerEpoch, cutCaptions }),
    graphOf: (size) => captioner.trainingGraph(size, { labelSmoothing, dropout: 'fed', trainable: () => true }),
  }
  const session = await openTrainingSession(graphs, featureWidth, store, { seed: 1, session: { threads } })
  const bare = await openBareProduct(threads)
  const operations = operationsOverTargets(captioner, shape, fillBatch(session.batch, planner.plan(1), steps, features, cutCaptions))

  let [training, updating, product, words] = [0, 0, 0, 0]
  const productsPerStep = Math.max(1, Math.round(operations / bare.operations))
  // The first round warms up and is not counted. The two kinds take turns, so that whatever else the machine does meets both.
  for (let step = 1; step <= Number(values.steps) + 1; step++) {
    if (step === 2) [training, updating, product, words] = [0, 0, 0, 0]
    const begun = performance.now()
    words += fillBatch(session.batch, planner.plan(step), steps, features, recipe.cutCaptions)
    await session.run(step, 0)
    const computed = performance.now()
    await optimizer.update(step, 1e-4)
    const updated = performance.now()
    for (let i = 0; i < productsPerStep; i++) await bare.run()
    training += updated - begun
    updating += updated - computed
    product += performance.now() - updated
  }
  const counted = Number(values.steps)
  await optimizer.close()
  await session.close()
  await bare.close()
  const gigaflopPerSecond = (counted * operations) / training / 1e6
  const bareGigaflopPerSecond = (counted * productsPerStep * bare.operations) / product / 1e6
  return {
    captioner: captioner.config.architecture,
    parameters: store.arrays.values.length,
    batch: `${images} images × ${recipe.captionsPerImage} captions × ${steps} tokens, ${visualTokens} visual tokens`,
    threads,
    gigaflopPerStep: operations / 1e9,
    secondsPerStep: training / counted / 1000,
    gigaflopPerSecond,
    bareProduct: bare.shape,
    bareGigaflopPerSecond,
    ratio: gigaflopPerSecond / bareGigaflopPerSecond,
    optimizerShare: updating / training,
    tokensPerSecond: (1000 * words) / training,
    peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}
