/**
 * `npm run bench -- sample`: what self-critical steps cost. Captions sampled per second with cached keys and values, GFLOP/s of sampling and of whole steps
 * (sampling, rewards, forward, backward, AdamW) beside a bare matrix product in turns, and the share of a step that rewards take.
 * Sampling is counted as the forward pass over the same captions: fresh weights hardly ever end one, so all walk to the longest length.
 * Options: --captioner (transformer, object-relation, geometry-aware), --baseline (leave-one-out, greedy, beam-mean), --samples, --layers, --width,
 * --words, --images, --photos (whose captions give the document frequencies), --steps, --tokens, --threads.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { TrainingShape } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { batchPlanner } from '#engine/training/data/batches.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { openSelfCritical } from '#engine/training/objectives/self-critical.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { openBareProduct } from '../support/bare-product.ts'
import { operationsOfWriting } from '../support/counted-operations.ts'
import { drawnExamples, drawnFeatures, featureWidth, gridOf } from '#engine/provider-choice/drawn.ts'

export interface SampleBenchmark {
  captioner: string
  baseline: string
  batch: string
  threads: number
  secondsPerStep: number
  /** Captions written a second, rewards and teaching left aside. */
  samplesPerSecond: number
  samplingGigaflopPerSecond: number
  /** Of whole steps. */
  gigaflopPerSecond: number
  bareProduct: string
  bareGigaflopPerSecond: number
  /** whole steps, and sampling, over bare */
  ratio: number
  samplingRatio: number
  /** shares of a step */
  samplingShare: number
  rewardShare: number
  optimizerShare: number
  peakMemoryMegabytes: number
}

export async function run(args: string[]): Promise<SampleBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      captioner: option('transformer'),
      baseline: option('leave-one-out'),
      samples: option('5'),
      layers: option('3'),
      width: option('384'),
      words: option('2500'),
      images: option('20'),
      photos: option('6000'),
      steps: option('4'),
      tokens: option('25'),
      threads: option(String(availableParallelism())),
    },
  })
  const [width, visualTokens, images, threads, words] = [values.width, values.tokens, values.images, values.threads, values.words].map(Number)
  const sizes = { encoderLayers: Number(values.layers), decoderLayers: Number(values.layers), width, feedForward: 4 * width }
  const recipe = trainingRecipeSchema.parse({
    batchImages: images,
    captioner: { architecture: values.captioner, ...sizes },
    objective: { kind: 'self-critical', baseline: values.baseline, samples: Number(values.samples) },
  })
  const { objective } = recipe
  if (objective.kind !== 'self-critical') throw new Error('the recipe above is self-critical')
  const captioner = createCaptioner(captionerConfig(recipe, { featureWidth, visualTokens, grid: gridOf(visualTokens) }, words))
  const store = createParameterStore(captioner, initialWeights(captioner, 1), { trainable: () => true, weightDecay: 0, averaging: true })
  const steps = recipe.maximumWords + 1
  const shape = { images, captionsPerImage: objective.samples, steps, visualTokens }
  const graphOf = (size: TrainingShape) => captioner.trainingGraph(size, { labelSmoothing: 0, dropout: 'fed', trainable: () => true })
  const graph = graphOf(shape)
  const session = await openTrainingSession({ shape, sizes: [], graphOf }, featureWidth, store, { seed: 1, session: { threads } })
  const optimizer = await createOptimizer(store, recipe.optimizer, recipe.averaging, threads)
  const features = drawnFeatures(visualTokens)
  const examples = drawnExamples(Number(values.photos), words)
  const selfCritical = await openSelfCritical({ captioner, store, examples, features, ...objective, steps, seed: 1, session: { threads } })
  const planner = batchPlanner(examples, [], { seed: 1, batchImages: images, captionsPerImage: objective.samples, mirror: false, replayShare: 0 })
  const bare = await openBareProduct(threads)
  const counted = Number(values.steps)

  let [filling, rewarding, teaching, updating, product] = [0, 0, 0, 0, 0]
  const writing = operationsOfWriting(captioner, { ...shape, steps: steps - 1 })
  const operations = writing + graph.operations
  const productsPerStep = Math.max(1, Math.round(operations / bare.operations))
  // The first round warms up and is not counted. The two kinds take turns, so that whatever else the machine does meets both.
  for (let step = 1; step <= counted + 1; step++) {
    if (step === 2) [filling, rewarding, teaching, updating, product] = [0, 0, 0, 0, 0]
    const begun = performance.now()
    const { rewardSeconds } = await selfCritical.fill(session.batch, planner.plan(step), step)
    const filled = performance.now()
    await session.run(step, 0)
    const computed = performance.now()
    // So small a rate leaves the weights fresh: captions keep their length.
    await optimizer.update(step, 1e-9)
    const updated = performance.now()
    for (let i = 0; i < productsPerStep; i++) await bare.run()
    filling += filled - begun
    rewarding += 1000 * rewardSeconds
    teaching += computed - filled
    updating += updated - computed
    product += performance.now() - updated
  }
  await selfCritical.close()
  await optimizer.close()
  await session.close()
  await bare.close()
  const whole = filling + teaching + updating
  const gigaflopPerSecond = (counted * operations) / whole / 1e6
  const samplingGigaflopPerSecond = (counted * writing) / (filling - rewarding) / 1e6
  const bareGigaflopPerSecond = (counted * productsPerStep * bare.operations) / product / 1e6
  return {
    captioner: captioner.config.architecture,
    baseline: objective.baseline,
    batch: `${images} images × ${objective.samples} captions × ${steps} tokens, ${visualTokens} visual tokens`,
    threads,
    secondsPerStep: whole / counted / 1000,
    samplesPerSecond: (1000 * counted * images * objective.samples) / (filling - rewarding),
    samplingGigaflopPerSecond,
    gigaflopPerSecond,
    bareProduct: bare.shape,
    bareGigaflopPerSecond,
    ratio: gigaflopPerSecond / bareGigaflopPerSecond,
    samplingRatio: samplingGigaflopPerSecond / bareGigaflopPerSecond,
    samplingShare: (filling - rewarding) / whole,
    rewardShare: rewarding / whole,
    optimizerShare: updating / whole,
    peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}
