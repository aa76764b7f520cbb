/** An exported model at work in a process of its own that finds nothing but onnxruntime and sharp: it says what greedy decoding says in Capstan. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { exportedEncoder } from '#engine/onnx-export/onnx-encoder.ts'
import { exampleSource } from '#engine/onnx-export/onnx-example.ts'
import { exportOnnx } from '#engine/onnx-export/onnx-export.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { readEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { emptyPhoto, somePhoto, writeFresh } from '../support/fresh-model.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = resolve(import.meta.dirname, '../..')
const shipped = join(root, 'models/base-captioner')
const encoderRoots = [dirname(defaultEncoderFolder)]

beforeAll(async () => {
  await ensureEncoders()
})

/** Captions photos with the example that lies beside the exported files. */
function captionsOutside(folder: string, photos: readonly string[]): string[] {
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['onnxruntime-node', 'sharp']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  return execFileSync(process.execPath, ['caption.mjs', ...photos], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n')
}

async function captionsInside(model: string, photos: readonly string[], featureFolder: string, roots = encoderRoots): Promise<string[]> {
  const captioner = await openCaptioner(model, { encoderRoots: roots, featureFolder, session: { threads: 1 } })
  const captions = new Map<string, string>()
  await captioner.caption({
    photos: photos.map((path) => ({ path })),
    method: { kind: 'greedy' },
    onBatch({ captioned, failed: [failure] }) {
      if (failure !== undefined) throw new Error(failure.report.happened)
      for (const { photo, candidates } of captioned) captions.set(photo.path, candidates[0].text)
    },
  })
  await captioner.close()
  return photos.map((path) => captions.get(path) ?? '')
}

describe('a model exported as ONNX', () => {
  test('captions a photo as greedy decoding does: the captioner that ships', async () => {
    const home = temporaryFolder()
    const photo = await somePhoto(home)
    const folder = join(home, 'shipped')
    const files = await exportOnnx({ model: shipped, encoderRoots, folder })
    expect(files.toSorted()).toEqual(['caption.mjs', 'decoder.onnx', 'encoder.onnx', 'prepare.onnx', 'settings.json', 'vision.onnx'])
    const captions = captionsOutside(folder, [photo])
    expect(captions[0].split(' ').length).toBeGreaterThan(2)
    expect(captions).toEqual(await captionsInside(shipped, [photo], join(home, 'features')))
    await expect(exportOnnx({ model: shipped, encoderRoots, folder })).rejects.toMatchObject({ code: 'conflict' })
  })

  test.skipIf(sharedData === undefined)(
    `captions at least 99 of 100 COCO photos as greedy decoding does: the captioner that ships (skipped when ${withoutSharedData})`,
    { timeout: 600_000 },
    async () => {
      const home = temporaryFolder()
      const images = join(sharedData!, 'coco/images')
      const names = readdirSync(images).filter((name) => name.endsWith('.jpg'))
      const photos = names
        .toSorted()
        .slice(0, 100)
        .map((name) => join(images, name))
      expect(photos).toHaveLength(100)
      const folder = join(home, 'shipped')
      await exportOnnx({ model: shipped, encoderRoots, folder })
      const outside = captionsOutside(folder, photos)
      const inside = await captionsInside(shipped, photos, join(home, 'features'))
      const differing = photos.filter((_, index) => outside[index] !== inside[index])
      expect(differing.length, differing.join(', ')).toBeLessThanOrEqual(1)
    },
  )

  test.each(['object-relation', 'geometry-aware'] as const)('captions a photo as greedy decoding does: %s over the grid', async (architecture) => {
    const home = temporaryFolder()
    const photo = await somePhoto(home)
    const model = join(home, 'model')
    await writeFresh(model, architecture)
    const folder = join(home, 'exported')
    await exportOnnx({ model, encoderRoots, folder })
    expect(captionsOutside(folder, [photo])).toEqual(await captionsInside(model, [photo], join(home, 'features')))
  })

  test.skipIf(sharedData === undefined)(`ignores colour profiles where its encoder does (skipped when ${withoutSharedData})`, async () => {
    const home = temporaryFolder()
    const roots = [join(home, 'encoders')]
    const { folder: encoderFolder } = await addEncoder({ path: join(sharedData!, 'clip/vit-tiny'), root: roots[0] })
    const model = join(home, 'model')
    await writeFresh(model, 'transformer', undefined, encoderFolder)
    const folder = join(home, 'exported')
    await exportOnnx({ model, encoderRoots: roots, folder })
    expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toMatchObject({ ignoreColourProfiles: true })
    const photo = join(home, 'wide.png')
    await sharp(await somePhoto(home))
      .withIccProfile('p3')
      .toFile(photo)
    expect(captionsOutside(folder, [photo])).toEqual(await captionsInside(model, [photo], join(home, 'features'), roots))
  })

  test.each(['transformer', 'object-relation', 'geometry-aware'] as const)(
    'captions photos as greedy decoding does: %s over the regions that the detector finds',
    async (architecture) => {
      const home = temporaryFolder()
      const model = join(home, 'model')
      await writeFresh(model, architecture, { limit: 6, minimumScore: 0.2 })
      for (const [name, photo] of Object.entries({ found: await somePhoto(home), empty: await emptyPhoto(home) })) {
        const folder = join(home, name)
        await exportOnnx({ model, encoderRoots, folder })
        expect(captionsOutside(folder, [photo])).toEqual(await captionsInside(model, [photo], join(home, 'features')))
      }
    },
  )

  test('is refused with a sentence where the captioner sees regions and its encoder finds none', async () => {
    const model = join(temporaryFolder(), 'model')
    await writeFresh(model, 'object-relation', { limit: 6, minimumScore: 0.2 })
    const { manifest } = await readEncoderPackage(defaultEncoderFolder)
    const { detection: _detection, ...blind } = manifest
    const refused = 'The model sees regions, and its encoder OpenImages SSD-MobileNetV2 finds none by itself.'
    const opened = await readModelPackage(model)
    expect(() => exportedEncoder(opened, blind)).toThrow(refused)
  })

  test('comes with an example of at most forty lines', () => {
    expect(exampleSource.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
})
