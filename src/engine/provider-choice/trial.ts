/**
 * A provider at the works that people wait for, measured in this process, which a broken driver may end or keep for ever: call it in a throw-away one. Pictures
 * and features are drawn, the encoder and the captioner are those that ship.
 */
import type { TrainingShape } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { captionFromFeatures, candidateText } from '#engine/captioning/caption-from-features.ts'
import { findModelEncoder } from '#engine/captioning/model-encoder.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { deviceOf } from '#engine/runtime/device.ts'
import { batchPlanner, fillBatch } from '#engine/training/data/batches.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { openSelfCritical } from '#engine/training/objectives/self-critical.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { openEncoderPackage } from '#engine/vision/encoders/encoder.ts'
import { featureKey, poolGrid, storedGrid } from '#engine/vision/features/feature-key.ts'
import type { Provider, TrialWork } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { drawnExamples, drawnFeatures, drawnPicture, featureWidth, gridOf } from './drawn.ts'
import { trialSchema, type Trial, type TrialRequest } from './trial-request.ts'

const encodedTogether = 8
const words = 2500
const visualTokens = 25

/** Never throws: a work that fails says why. `onWork`: before each one. */
export async function runTrial(request: TrialRequest, onWork: (work: TrialWork) => void): Promise<Trial> {
  const begun = performance.now()
  const attempt = async <Result>(work: TrialWork, doing: () => Promise<Result>): Promise<Record<string, Result | { failed: string }>> => {
    if (!request.works.includes(work)) return {}
    onWork(work)
    try {
      return { [work]: await doing() }
    } catch (error) {
      return { [work]: { failed: toReport(error).happened } }
    }
  }
  const found = {
    ...(await attempt('encode', () => encode(request))),
    ...(await attempt('caption', () => caption(request))),
    ...(await attempt('train', () => train(request))),
    ...(await attempt('sample', () => sample(request))),
  }
  return trialSchema.parse({ device: deviceOf(request.provider), seconds: (performance.now() - begun) / 1000, ...found })
}

async function encode({ provider, model, encoderRoots, photos }: TrialRequest) {
  const package_ = await readModelPackage(model)
  const encoder = await openEncoderPackage(await findModelEncoder(package_, encoderRoots), { provider, waiting: 'spin' })
  const { input } = encoder.manifest
  const batchOf = (first: number): Float32Array => {
    const pictures = Array.from({ length: Math.min(encodedTogether, photos - first) }, (_, index) => drawnPicture(first + index, input))
    const pixels = new Float32Array(pictures.length * pictures[0].length)
    pictures.forEach((picture, place) => pixels.set(picture, place * picture.length))
    return pixels
  }
  const batches = Array.from({ length: Math.ceil(photos / encodedTogether) }, (_, index) => batchOf(index * encodedTogether))
  const inBatch = (index: number): number => Math.min(encodedTogether, photos - index * encodedTogether)
  const { grid } = await encoder.encode(batches[0], inBatch(0)) // warms up
  await encoder.encode(batches[0], inBatch(0)) // and starts the lanes of a small encoder, which come with a second batch
  const begun = performance.now()
  for (const [index, pixels] of batches.entries()) await encoder.encode(pixels, inBatch(index))
  const aSecond = (1000 * photos) / (performance.now() - begun)
  await encoder.close()
  return { aSecond, features: [...grid.subarray(0, grid.length / inBatch(0))] }
}

/** From features that the CPU computed: what differs then is the captioner's alone. */
async function caption({ provider, model, encoderRoots, photos }: TrialRequest) {
  const package_ = await readModelPackage(model)
  const features = await drawnPicturesFeatures(package_, encoderRoots, photos)
  const decoder = await openCaptionDecoder(package_.captioner, package_.weights, { provider })
  const keys = Array.from({ length: photos }, (_, photo) => String(photo))
  const all = () => captionFromFeatures(decoder, features, keys, { method: { kind: 'beam', beams: 3 } })
  await all() // warms up
  const begun = performance.now()
  const captions = await all()
  const aSecond = (1000 * photos) / (performance.now() - begun)
  await decoder.close()
  return {
    aSecond,
    captions: captions.map(([best]) => {
      const { text, logProbability } = candidateText(package_.vocabulary, best)
      return { text, logProbability }
    }),
  }
}

async function drawnPicturesFeatures(
  package_: Awaited<ReturnType<typeof readModelPackage>>,
  encoderRoots: readonly string[],
  photos: number,
): Promise<FeatureSource> {
  const encoder = await openEncoderPackage(await findModelEncoder(package_, encoderRoots), { provider: 'cpu' })
  const key = featureKey(encoder.manifest, { pooling: package_.manifest.encoder.pooling })
  const { tokens } = storedGrid(key)
  const stored: Float32Array[] = []
  for (let photo = 0; photo < photos; photo++) {
    const { grid } = await encoder.encode(drawnPicture(photo, encoder.manifest.input), 1)
    const features = new Float32Array(tokens * key.width)
    poolGrid(grid, key, features)
    stored.push(features)
  }
  await encoder.close()
  return {
    visualTokens: tokens,
    featureWidth: key.width,
    mirrored: false,
    readInto: (photo, _mirrored, destination) => destination.set(stored[Number(photo)]),
  }
}

async function train({ provider, steps }: TrialRequest) {
  const { optimizer, session, planner, recipe } = await training(provider, {})
  const features = drawnFeatures(visualTokens)
  const losses: number[] = []
  let begun = performance.now()
  for (let step = 1; step <= steps + 1; step++) {
    if (step === 2) begun = performance.now() // the first warms up
    fillBatch(session.batch, planner.plan(step), recipe.maximumWords + 1, features, recipe.cutCaptions)
    losses.push(await session.run(step, 0))
    await optimizer.update(step, 1e-4)
  }
  const aSecond = (1000 * steps) / (performance.now() - begun)
  await optimizer.close()
  await session.close()
  return { aSecond, losses }
}

async function sample({ provider }: TrialRequest) {
  const { captioner, store, session, planner, recipe, examples } = await training(provider, { objective: { kind: 'self-critical' } })
  const { objective } = recipe
  if (objective.kind !== 'self-critical') throw new Error('the recipe is self-critical')
  const steps = recipe.maximumWords + 1
  const features = drawnFeatures(visualTokens)
  const selfCritical = await openSelfCritical({ captioner, store, examples, features, ...objective, steps, seed: 1, session: { provider } })
  await selfCritical.fill(session.batch, planner.plan(1), 1) // warms up
  const begun = performance.now()
  let rewards = 0
  for (let step = 2; step <= 3; step++) rewards += (await selfCritical.fill(session.batch, planner.plan(step), step)).rewardSeconds
  const aSecond = (2 * recipe.batchImages * objective.samples) / ((performance.now() - begun) / 1000 - rewards)
  await selfCritical.close()
  await session.close()
  return { aSecond }
}

async function training(provider: Provider, more: object) {
  const recipe = trainingRecipeSchema.parse({
    batchImages: 10,
    captioner: { architecture: 'transformer', encoderLayers: 2, decoderLayers: 2, width: 384, feedForward: 1536 },
    ...more,
  })
  const { objective } = recipe
  const captionsPerImage = objective.kind === 'self-critical' ? objective.samples : recipe.captionsPerImage
  const captioner = createCaptioner(captionerConfig(recipe, { featureWidth, visualTokens, grid: gridOf(visualTokens) }, words))
  const store = createParameterStore(captioner, initialWeights(captioner, 1), { trainable: () => true, weightDecay: 0.02, averaging: true })
  const shape = { images: recipe.batchImages, captionsPerImage, steps: recipe.maximumWords + 1, visualTokens }
  const graphOf = (size: TrainingShape) => captioner.trainingGraph(size, { labelSmoothing: 0.1, dropout: 'fed', trainable: () => true })
  const session = await openTrainingSession({ shape, sizes: [], graphOf }, featureWidth, store, { seed: 1, session: { provider } })
  const examples = drawnExamples(200, words)
  const planner = batchPlanner(examples, [], { seed: 1, batchImages: recipe.batchImages, captionsPerImage, mirror: false, replayShare: 0 })
  return { captioner, store, session, examples, planner, recipe, optimizer: await createOptimizer(store, recipe.optimizer, recipe.averaging) }
}
