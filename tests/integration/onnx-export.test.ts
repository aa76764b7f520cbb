/** An exported model at work in a process of its own that finds nothing but onnxruntime and sharp: it says what greedy decoding says in Capstan. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openCaptioner } from '#engine/captioning/loaded-captioner.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { exportedEncoder } from '#engine/onnx-export/onnx-encoder.ts'
import { exampleSource } from '#engine/onnx-export/onnx-example.ts'
import { exportOnnx } from '#engine/onnx-export/onnx-export.ts'
import { readEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { emptyPhoto, somePhoto, writeFresh } from '../support/fresh-model.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = resolve(import.meta.dirname, '../..')
const encoderRoots = [dirname(defaultEncoderFolder)]

beforeAll(async () => {
  await ensureEncoders()
})

/** Captions the photo with the example that lies beside the exported files. */
function captionOutside(folder: string, photo: string): string {
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['onnxruntime-node', 'sharp']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  return execFileSync(process.execPath, ['caption.mjs', photo], { cwd: folder, encoding: 'utf8' }).trim()
}

async function captionInside(model: string, photo: string, featureFolder: string): Promise<string> {
  const captioner = await openCaptioner(model, { encoderRoots, featureFolder, session: { threads: 1 } })
  let caption = ''
  await captioner.caption({
    paths: [photo],
    method: { kind: 'greedy' },
    onCaption: (_path, [best]) => (caption = best.text),
    onFailure: (_path, report) => {
      throw new Error(report.happened)
    },
  })
  await captioner.close()
  return caption
}

describe('a model exported as ONNX', () => {
  test('captions a photo as greedy decoding does: the captioner that ships', async () => {
    const home = temporaryFolder()
    const shipped = join(root, 'models/base-captioner')
    // Pixels differ by some levels outside (libvips resizes inside): a photo whose caption does not hang on them.
    const photo = await somePhoto(home, '000000000285.jpg')
    const folder = join(home, 'shipped')
    const files = await exportOnnx({ model: shipped, encoderRoots, folder })
    expect(files.toSorted()).toEqual(['caption.mjs', 'decoder.onnx', 'encoder.onnx', 'prepare.onnx', 'settings.json', 'vision.onnx'])
    const caption = captionOutside(folder, photo)
    expect(caption.split(' ').length).toBeGreaterThan(2)
    expect(caption).toBe(await captionInside(shipped, photo, join(home, 'features')))
    await expect(exportOnnx({ model: shipped, encoderRoots, folder })).rejects.toMatchObject({ code: 'conflict' })
  })

  test.each(['object-relation', 'geometry-aware'] as const)('captions a photo as greedy decoding does: %s over the grid', async (architecture) => {
    const home = temporaryFolder()
    const photo = await somePhoto(home)
    const model = join(home, 'model')
    await writeFresh(model, architecture)
    const folder = join(home, 'exported')
    await exportOnnx({ model, encoderRoots, folder })
    expect(captionOutside(folder, photo)).toBe(await captionInside(model, photo, join(home, 'features')))
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
        expect(captionOutside(folder, photo)).toBe(await captionInside(model, photo, join(home, 'features')))
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
