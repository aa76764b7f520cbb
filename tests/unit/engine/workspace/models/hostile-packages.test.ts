/** A workspace opens beside packages that lie, hang or swell: each is left out with its reason, and the sound one counts. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { float32Tensor, writeSafetensors } from '#engine/files/safetensors.ts'
import { packageReader } from '#engine/jobs/package-reader.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { registerPackages } from '#engine/workspace/models/model-catalog.ts'
import { openService } from '#engine/workspace/service.ts'
import { openDatabase } from '#engine/workspace/storage/database.ts'
import { ensureEncoders } from '../../../../../scripts/build-encoder.ts'
import { writeFresh } from '../../../../support/fresh-model.ts'
import { pipeInPlaceOf, withFile, withManifest } from '../../../../support/hostile-package.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

beforeAll(async () => {
  await ensureEncoders()
})

type Config = Record<string, unknown>
const captioner = (manifest: Record<string, unknown>): Config => manifest['captioner'] as Config
const weightsFile = 'weights.safetensors'
const tableFile = 'document-frequency.json.gz'

/** How a package is spoiled, and what is said of it. */
const spoiled: Record<string, [spoil: (sound: string, folder: string) => void | Promise<void>, says: RegExp]> = {
  layers: [(sound, folder) => withManifest(sound, folder, (manifest) => (captioner(manifest)['encoderLayers'] = 1e9)), /encoderLayers/],
  width: [(sound, folder) => withManifest(sound, folder, (manifest) => (captioner(manifest)['width'] = 1e9)), /width/],
  heads: [(sound, folder) => withManifest(sound, folder, (manifest) => (captioner(manifest)['heads'] = 7)), /multiple of heads/],
  words: [(sound, folder) => withManifest(sound, folder, (manifest) => (captioner(manifest)['words'] = 1e9)), /words/],
  nested: [
    (sound, folder) => {
      cpSync(sound, folder, { recursive: true })
      writeFileSync(join(folder, 'manifest.json'), `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    },
    /not JSON/,
  ],
  'pipe-manifest': [
    (sound, folder) => {
      cpSync(sound, folder, { recursive: true })
      pipeInPlaceOf(join(folder, 'manifest.json'))
    },
    /no regular file/,
  ],
  'pipe-weights': [
    (sound, folder) => {
      cpSync(sound, folder, { recursive: true })
      pipeInPlaceOf(join(folder, weightsFile))
    },
    /no regular file/,
  ],
  'zero-weights': [
    (sound, folder) => {
      cpSync(sound, folder, { recursive: true })
      rmSync(join(folder, weightsFile))
      symlinkSync('/dev/zero', join(folder, weightsFile))
    },
    /leads out of its folder/,
  ],
  'no-gzip': [(sound, folder) => withFile(sound, folder, 'documentFrequency', tableFile, Buffer.from('this is no gzip')), /no gzip/],
  bomb: [(sound, folder) => withFile(sound, folder, 'documentFrequency', tableFile, gzipSync(Buffer.alloc(300e6, ' '), { level: 1 })), /larger than 256 MB/],
  offsets: [
    (sound, folder) => {
      const header = Buffer.from(JSON.stringify({ 'model.a': { dtype: 'F32', shape: [2], data_offsets: [-8, 0] } }))
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(header.length))
      withFile(sound, folder, 'weights', weightsFile, Buffer.concat([length, header, Buffer.alloc(8)]))
    },
    /header is damaged/,
  ],
  'not-numbers': [
    async (sound, folder) => {
      const { weights, captioner: described } = await readModelPackage(sound)
      const shapes = new Map(described.parameters.map(({ name, shape }) => [name, shape]))
      const [first] = weights.keys()
      weights.get(first)!.fill(Number.NaN)
      const tensors = new Map([...weights].map(([name, values]) => [name, float32Tensor(values, shapes.get(name) ?? [])]))
      withFile(sound, folder, 'weights', weightsFile, writeSafetensors(tensors))
    },
    /no finite numbers/,
  ],
}

test('a workspace opens beside packages that lie, hang or swell; each is left out with its reason', { timeout: 60_000 }, async () => {
  const home = temporaryFolder()
  const models = join(home, 'workspace/models')
  const sound = join(models, 'zz-sound')
  await writeFresh(sound, 'transformer')
  for (const [name, [spoil]] of Object.entries(spoiled)) await spoil(sound, join(models, name))
  mkdirSync(dirname(models), { recursive: true })
  const began = performance.now()
  const service = await openService({
    folder: join(home, 'workspace'),
    create: { name: 'Received' },
    modelRoots: [],
    packages: packageReader,
    author: () => 'Ada',
    onEvent: () => undefined,
  })
  onTestFinished(() => service.close())
  expect(performance.now() - began).toBeLessThan(20_000)
  const known = await service.call('models.list', undefined)
  expect(known.map(({ id }) => id)).toEqual(['zz-sound'])
  const leftOut = new Map((await service.call('models.leftOut', undefined)).map(({ folder, report }) => [folder, report]))
  for (const [name, [, says]] of Object.entries(spoiled)) {
    const report = leftOut.get(join(models, name))
    expect(report?.code, name).toMatch(/^(?:corrupt|bad-input|not-permitted)$/)
    expect(report?.happened, name).toMatch(says)
  }
  expect(leftOut.size).toBe(Object.keys(spoiled).length)
  await expect(service.call('models.add', { folder: join(models, 'pipe-weights') })).rejects.toMatchObject({ code: expect.not.stringMatching('internal') as string })
})

test('a package that never answers is left out after its deadline, with the rest of its root; other roots count', async () => {
  const home = temporaryFolder()
  const sound = join(home, 'good/sound')
  await writeFresh(sound, 'transformer')
  mkdirSync(join(home, 'workspace'))
  const database = await openDatabase(join(home, 'workspace'), true)
  onTestFinished(() => void database.close())
  const dead = join(home, 'dead')
  const reader: typeof packageReader = {
    ...packageReader,
    list: async (root) => (root === dead ? [join(dead, 'one'), join(dead, 'two')] : packageReader.list(root)),
    read: (folder) => (folder.startsWith(dead) ? new Promise(() => undefined) : packageReader.read(folder)),
  }
  const roots = [
    { root: dead, origin: 'shipped' as const },
    { root: join(home, 'good'), origin: 'trained' as const },
  ]
  const leftOut = await registerPackages(database, reader, roots, '2024-01-01T00:00:00Z', 200)
  expect(leftOut.map(({ folder, report }) => [folder, report.code])).toEqual([
    [join(dead, 'one'), 'unavailable'],
    [join(dead, 'two'), 'unavailable'],
  ])
  expect(database.prepare('SELECT folder FROM model').pluck().all()).toEqual([sound])
})
