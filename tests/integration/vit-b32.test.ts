/** A network of CLIP ViT-B/32's size in the CLI, end to end: added, trained through, and captioned with. Its weights are random, so only sizes and ways are judged. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { drawPictures } from '../support/pictures.ts'
import { sharedData } from '../support/shared-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeVitB32 } from '../support/vit-b32.ts'

const capstan = (...args: string[]): string => execFileSync(process.execPath, ['src/cli/capstan.ts', ...args], { encoding: 'utf8' })

/** Eight photos of COCO; drawn ones where the shared data is not on the machine. */
async function somePhotos(folder: string): Promise<string[]> {
  if (sharedData === undefined) return drawPictures(folder, 8)
  const images = join(sharedData, 'coco/images')
  return readdirSync(images)
    .sort()
    .slice(0, 8)
    .map((name) => join(images, name))
}

test('a CLIP ViT-B/32 with random weights encodes photos, and a captioner trains and runs on it', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  const places = ['--encoders', at('encoders'), '--features', at('features')]
  writeVitB32(at('clip'))
  expect(capstan('encoder', 'add', at('clip'), '--name', 'ViT B32', '--licence', 'none', '--encoders', at('encoders'))).toContain('Added the encoder vit-b32')
  rmSync(at('clip'), { recursive: true }) // the package holds all that it needs
  const manifest: unknown = JSON.parse(readFileSync(at('encoders/vit-b32/manifest.json'), 'utf8'))
  expect(manifest).toMatchObject({ input: { width: 224, height: 224, resize: 'crop' }, grid: { rows: 7, columns: 7, width: 768 }, pooled: { width: 512 } })

  mkdirSync(at('drawn'))
  const photos = await somePhotos(at('drawn'))
  const names = photos.map((path) => basename(path))
  writeFileSync(at('captions.txt'), names.map((name, place) => `${name}#0\ta photo of ${place % 2 === 0 ? 'three' : 'some'} things\n`).join(''))
  writeFileSync(at('train.txt'), names.slice(0, 6).join('\n'))
  writeFileSync(at('dev.txt'), names.slice(6).join('\n'))
  const captioner = { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 }
  writeFileSync(
    at('recipe.json'),
    JSON.stringify({ epochs: 1, batchImages: 2, captionsPerImage: 1, minimumCount: 1, captioner, features: { pooling: 1, mirror: false } }),
  )
  const data = ['--captions', at('captions.txt'), '--images', join(photos[0], '..'), '--train-list', at('train.txt'), '--dev-list', at('dev.txt')]
  capstan('train', ...data, '--recipe', at('recipe.json'), '--encoder', 'vit-b32', '--out', at('model'), '--checkpoints', at('checkpoints'), ...places)
  capstan('caption', ...photos, '--model', at('model'), '--out', at('results.json'), ...places)
  const results: unknown = JSON.parse(readFileSync(at('results.json'), 'utf8'))
  expect(results).toHaveLength(8)
})
