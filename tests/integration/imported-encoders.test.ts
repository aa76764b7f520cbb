/** Encoders that a lab brings, from import to captions: a CLIP, a graph that only returned a pooled vector, and the ImageNet MobileNetV2. */
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { trainFromCaptions } from '#engine/training/runs/train-from-captions.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { addEncoder, type AddEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { asEmbeddingEncoder, indexCachedEmbeddings, openEmbeddingCache } from '#engine/vision/search/embeddings.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { drawPictures } from '../support/pictures.ts'
import { sharedData } from '../support/shared-data.ts'
import { bytesOf, pooledOnlyModel } from '../support/small-onnx.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const recipe = trainingRecipeSchema.parse({
  epochs: 1,
  batchImages: 4,
  captionsPerImage: 1,
  minimumCount: 1,
  captioner: { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 },
})

/** Adds an encoder, trains a captioner through it for a few steps and captions a photo. */
async function captionsThrough(request: Omit<AddEncoder, 'root'>): Promise<{ captioned: string[]; visualTokens: number }> {
  const folder = temporaryFolder()
  const encoders = join(folder, 'encoders')
  const { folder: encoderFolder } = await addEncoder({ ...request, root: encoders })
  const photos = (await drawPictures(folder, 8)).map((path, place) => ({
    id: null,
    fileName: basename(path),
    path,
    captions: [`a drawing of ${place % 2 === 0 ? 'three' : 'some'} circles`],
  }))
  const features = join(folder, 'features')
  const { manifest } = await trainFromCaptions({
    train: photos.slice(0, 6),
    dev: photos.slice(6),
    dataNote: 'drawn circles',
    terms: 'Drawn by this test',
    finish: false,
    out: join(folder, 'model'),
    name: 'model',
    recipe,
    encoderFolder,
    featureFolder: features,
    checkpointFolder: join(folder, 'checkpoints'),
    resume: false,
    replace: false,
    session: { threads: 1 },
    signal: new AbortController().signal,
    tell: { stage: () => undefined, progress: () => undefined, note: () => undefined },
  })
  const captioner = await openCaptioner(join(folder, 'model'), { encoderRoots: [encoders], featureFolder: features, session: { threads: 1 } })
  const captioned: string[] = []
  await captioner.caption({
    photos: photos.slice(6),
    method: { kind: 'beam', beams: 2 },
    onBatch(batch) {
      for (const { photo, candidates } of batch.captioned) if (candidates.length > 0) captioned.push(basename(photo.path))
      for (const { photo, report } of batch.failed) expect.unreachable(`${photo.path}: ${report.happened}`)
    },
  })
  await captioner.close()
  return { captioned: captioned.sort(), visualTokens: manifest.encoder.visualTokens }
}

describe('an imported encoder trains and runs a captioner', () => {
  test('a graph that only returned a pooled vector', async () => {
    const path = join(temporaryFolder(), 'small.onnx')
    writeFileSync(path, bytesOf(pooledOnlyModel(1)))
    const result = await captionsThrough({ path, normalisation: parseNormalisation('half'), resize: 'squash' })
    expect(result).toEqual({ captioned: ['picture-6.jpg', 'picture-7.jpg'], visualTokens: 4 })
  })

  test.skipIf(!sharedData)('a CLIP vision transformer at another size, with its class token', async () => {
    const path = join(sharedData ?? '', 'clip/vit-tiny')
    const result = await captionsThrough({ path, side: 64, resize: 'squash', classToken: 'first' })
    expect(result).toEqual({ captioned: ['picture-6.jpg', 'picture-7.jpg'], visualTokens: 17 })
  })

  test.skipIf(!sharedData)('the ImageNet MobileNetV2', async () => {
    const path = join(sharedData ?? '', 'encoders/mobilenet_v2_imagenet.onnx')
    const result = await captionsThrough({ path, normalisation: parseNormalisation('half'), resize: 'squash' })
    expect(result).toEqual({ captioned: ['picture-6.jpg', 'picture-7.jpg'], visualTokens: 16 })
  })
})

test.skipIf(!sharedData)('embeddings are computed once, cached, and find the photo that they are of', async () => {
  const folder = temporaryFolder()
  const { folder: encoderFolder } = await addEncoder({ path: join(sharedData ?? '', 'clip/vit-tiny'), root: folder })
  const encoder = await openEncoder(encoderFolder, { threads: 1 })
  const cache = openEmbeddingCache(join(folder, 'features'), encoder.manifest)
  const images = (await drawPictures(folder, 6)).map((path) => ({ path }))
  const hashes = new Map<string, string>()
  const extract = () =>
    extractFeatures({ images, encoder: asEmbeddingEncoder(encoder), caches: [cache], onFeatures: ({ path }, hash) => void hashes.set(path, hash) })
  expect(await extract()).toMatchObject({ computed: 6 })
  expect(await extract()).toMatchObject({ computed: 0, done: 6 })
  const index = await indexCachedEmbeddings(cache)
  const wanted = hashes.get(images[4].path) ?? ''
  const [best] = index.search(index.vector(index.keys.indexOf(wanted)), 1)
  expect(best.key).toBe(wanted)
  expect(index.width).toBe(32)
  await encoder.close()
  await cache.close()
})
