/** CLIPs of published sizes, from a file of weights to embedded photos, with the commands that a lab types. */
import { execFile } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readEncoderManifest } from '#engine/vision/encoder-package.ts'
import { listFeatureCaches } from '#engine/vision/feature-housekeeping.ts'
import { drawPictures } from '../support/pictures.ts'
import { writeRn50, writeVitB32 } from '../support/published-clips.ts'
import { sharedData } from '../support/shared-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)
const capstan = (...words: string[]): Promise<{ stdout: string }> => run(process.execPath, [resolve(import.meta.dirname, '../../src/cli/capstan.ts'), ...words])

async function photos(folder: string): Promise<string[]> {
  if (sharedData === undefined) return drawPictures(folder, 4)
  const source = join(sharedData, 'coco', 'images')
  return readdirSync(source).slice(0, 4).map((name) => join(source, name))
}

describe('a CLIP of published size', () => {
  test.each([
    { name: 'vit-b32', write: writeVitB32, grid: { rows: 7, columns: 7, width: 768 }, pooled: 512, told: 'vision transformer of 12 layers' },
    { name: 'rn50', write: writeRn50, grid: { rows: 7, columns: 7, width: 2048 }, pooled: 1024, told: 'modified ResNet of 3, 4, 6, 3 blocks' },
  ])('$name is added and embeds photos', { timeout: 900_000 }, async ({ name, write, grid, pooled, told }) => {
    const folder = temporaryFolder()
    const weights = join(folder, `${name}.safetensors`)
    write(weights)
    const encoders = join(folder, 'encoders')
    const added = await capstan('encoder', 'add', weights, '--encoders', encoders, '--licence', 'drawn weights')
    rmSync(weights)
    expect(added.stdout).toContain(told)
    expect(await readEncoderManifest(join(encoders, name))).toMatchObject({ grid, pooled: { width: pooled }, input: { width: 224, height: 224, resize: 'crop' } })

    const features = join(folder, 'features')
    const paths = await photos(folder)
    const { stdout } = await capstan('search', ...paths, '--encoder', name, '--encoders', encoders, '--features', features, '--like', paths[0])
    const lines = stdout.trim().split('\n').map((line) => line.split('\t'))
    expect(lines.map(([, path]) => path).sort()).toEqual(paths.slice(1).sort())
    for (const [similarity] of lines) expect(Math.abs(Number(similarity))).toBeLessThanOrEqual(1)
    expect(listFeatureCaches(features).map(({ key }) => key.width)).toEqual([pooled])
  })
})
