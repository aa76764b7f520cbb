/** The benchmark's work on one execution provider, in a process of its own: a driver that crashes takes no other provider with it. Prints one line of JSON. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { TrainingShape } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { deviceOf } from '#engine/runtime/device.ts'
import { batchPlanner, fillBatch } from '#engine/training/data/batches.ts'
import { captionerConfig } from '#engine/training/data/prepare.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { openSelfCritical } from '#engine/training/objectives/self-critical.ts'
import { createOptimizer } from '#engine/training/optimiser/optimizer.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { prepareImage } from '#engine/vision/photos/image.ts'
import { providers, type Provider } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { defaultEncoderFolder } from '../../../scripts/build-encoder.ts'
import { projectFolder } from '../../../scripts/paths.ts'
import { drawnExamples, drawnFeatures, featureWidth, gridOf } from '../../support/drawn-training.ts'
import { drawPictures } from '../../support/pictures.ts'

/** What a provider did, and its results, to be compared with the CPU's; or why it did not. */
const done = <Shape extends z.ZodRawShape>(shape: Shape) => z.union([z.strictObject({ aSecond: z.number(), ...shape }), z.strictObject({ failed: z.string() })])
export const onProviderSchema = z.strictObject({
  device: z.string(),
  /** `features`: the grid of the first photo. */
  encode: done({ features: z.array(z.number()) }),
  caption: done({ captions: z.array(z.object({ text: z.string(), logProbability: z.number() })) }),
  train: done({ losses: z.array(z.number()) }),
  sample: done({}),
})
export type OnProvider = z.infer<typeof onProviderSchema>

const photos = 32
const batch = 8
const steps = 6
const words = 2500
const visualTokens = 25

const work = {
  async encode(provider: Provider, paths: readonly string[]) {
    const encoder = await openEncoder(defaultEncoderFolder, { provider, waiting: 'spin' })
    const { input } = encoder.manifest
    const prepared = await Promise.all(paths.map(async (path) => (await prepareImage(readFileSync(path), input, path)).pixels))
    const batches = Array.from({ length: photos / batch }, (_, index) => {
      const some = prepared.slice(index * batch, (index + 1) * batch)
      const pixels = new Float32Array(batch * some[0].length)
      some.forEach((one, place) => pixels.set(one, place * one.length))
      return pixels
    })
    const { grid } = await encoder.encode(batches[0], batch) // warms up
    const begun = performance.now()
    for (const pixels of batches) await encoder.encode(pixels, batch)
    const aSecond = (1000 * photos) / (performance.now() - begun)
    await encoder.close()
    return { aSecond, features: [...grid.subarray(0, grid.length / batch)] }
  },

  async caption(provider: Provider, paths: readonly string[], folder: string) {
    const options = { encoderRoots: [dirname(defaultEncoderFolder)], featureFolder: join(folder, 'features'), session: { provider } }
    const captioner = await openCaptioner(join(projectFolder, 'models/base-captioner'), options)
    const captions: { text: string; logProbability: number }[] = []
    const all = async (): Promise<void> => {
      captions.length = 0
      await captioner.caption({
        photos: paths.map((path) => ({ path })),
        method: { kind: 'beam', beams: 3 },
        onBatch: ({ captioned }) => void captions.push(...captioned.map(({ candidates: [{ text, logProbability }] }) => ({ text, logProbability }))),
      })
    }
    await all() // fills the feature cache
    const begun = performance.now()
    await all()
    const aSecond = (1000 * photos) / (performance.now() - begun)
    await captioner.close()
    return { aSecond, captions }
  },

  async train(provider: Provider) {
    const { optimizer, session, planner, recipe } = await training(provider, {})
    const losses: number[] = []
    let begun = performance.now()
    for (let step = 1; step <= steps + 1; step++) {
      if (step === 2) begun = performance.now() // the first warms up
      fillBatch(session.batch, planner.plan(step), recipe.maximumWords + 1, drawnFeatures(visualTokens), recipe.cutCaptions)
      losses.push(await session.run(step, 0))
      optimizer.update(step, 1e-4)
    }
    const aSecond = (1000 * steps) / (performance.now() - begun)
    await session.close()
    return { aSecond, losses }
  },

  async sample(provider: Provider) {
    const { captioner, store, session, planner, recipe, examples } = await training(provider, { objective: { kind: 'self-critical' } })
    const { objective } = recipe
    if (objective.kind !== 'self-critical') throw new Error('the recipe is self-critical')
    const how = {
      captioner,
      store,
      examples,
      features: drawnFeatures(visualTokens),
      ...objective,
      steps: recipe.maximumWords + 1,
      seed: 1,
      session: { provider },
    }
    const selfCritical = await openSelfCritical(how)
    await selfCritical.fill(session.batch, planner.plan(1), 1) // warms up
    const begun = performance.now()
    let rewards = 0
    for (let step = 2; step <= 3; step++) rewards += (await selfCritical.fill(session.batch, planner.plan(step), step)).rewardSeconds
    const aSecond = (2 * recipe.batchImages * objective.samples) / ((performance.now() - begun) / 1000 - rewards)
    await selfCritical.close()
    await session.close()
    return { aSecond }
  },
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

async function all(provider: Provider, wanted: readonly string[]): Promise<OnProvider> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-gpu-'))
  const attempt = async <Result>(name: keyof typeof work, doing: () => Promise<Result>): Promise<Result | { failed: string }> => {
    if (!wanted.includes(name)) return { failed: 'It was not asked for.' }
    try {
      return await doing()
    } catch (error) {
      return { failed: toReport(error).happened }
    }
  }
  try {
    const paths = await drawPictures(folder, photos)
    return {
      device: deviceOf(provider),
      encode: await attempt('encode', () => work.encode(provider, paths)),
      caption: await attempt('caption', () => work.caption(provider, paths, folder)),
      train: await attempt('train', () => work.train(provider)),
      sample: await attempt('sample', () => work.sample(provider)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , provider, wanted = ''] = process.argv
  console.log(JSON.stringify(await all(z.enum(providers).parse(provider), wanted.split(','))))
}
