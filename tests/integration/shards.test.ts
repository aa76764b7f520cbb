/** Captioning, encoding, judging and CLIPScore in shards: merged, what they wrote is to the byte what one machine writes; a second run does only what is missing. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultEncoderFolder, encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { drawPictures } from '../support/pictures.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'
import { writeTinyClip } from '../support/tiny-clip.ts'
import { writeTinyModel } from '../support/tiny-model.ts'

const home = mkdtempSync(join(tmpdir(), 'capstan-shards-'))
const count = 3
const shardFile = (index: number): string => `shard-${index}.jsonl`
const shardFiles = Array.from({ length: count }, (_, index) => shardFile(index + 1))

function capstan(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], {
    ...{ cwd: home, encoding: 'utf8' },
    env: { ...process.env, ...environment },
  })
  return { status, stdout, stderr }
}

const caption = (out: string, more: string[] = [], environment: NodeJS.ProcessEnv = {}) =>
  capstan(environment, 'caption', 'photos', '--model', 'tiny', '--beam', '2', '--threads', '1', '--encoders', encoderRoot, '--out', out, ...more)

afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('captioning in shards', () => {
  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(join(home, 'photos'))
    await drawPictures(join(home, 'photos'), 20)
    writeFileSync(join(home, 'photos', 'a torn photo.jpg'), 'no photo')
    await writeTinyModel(home, defaultEncoderFolder, ['a dog runs in the snow', 'two people sit on a red bench', 'a cat on the grass'])
  }, 300_000)

  test('writes, merged, to the byte what one machine writes, and names the same photos left out', async () => {
    const whole = caption('whole.json', ['--parquet'])
    expect(whole.stderr).toContain('a torn photo.jpg')
    for (const [index, file] of shardFiles.entries()) {
      const { stdout } = caption(file, ['--shard', 'auto'], { SLURM_ARRAY_TASK_ID: `${index}`, SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: `${count}` })
      expect(stdout).toContain(`shard ${index + 1} of ${count} is whole`)
    }
    const merged = capstan({}, 'merge', ...shardFiles, '--out', 'merged.json', '--parquet')
    expect(merged.stdout).toContain('20 captions of 3 shards, 1 left out')
    for (const ending of ['json', 'txt', 'parquet']) expect(readFileSync(join(home, `merged.${ending}`))).toEqual(readFileSync(join(home, `whole.${ending}`)))
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(home, 'merged.parquet')) })
    const results = JSON.parse(readFileSync(join(home, 'merged.json'), 'utf8')) as { image_id: number }[]
    expect(rows.map(({ log_probability: _, ...row }) => row)).toEqual(results.map((result) => ({ ...result, image_id: BigInt(result.image_id) })))
    expect(rows[0]['log_probability']).toBeLessThan(0)
  }, 300_000)

  test('does nothing twice, and does not write over a shard of other settings', () => {
    const again = caption(shardFile(2), ['--shard', `2/${count}`])
    expect(again.stdout).toContain('0 photos captioned')
    expect(again.stdout).toContain('was whole before')
    const other = caption(shardFile(2), ['--shard', `2/${count}`, '--beam', '1'])
    expect(other).toMatchObject({ status: 1 })
    expect(other.stderr).toContain('is of another work, model or other settings')
  }, 300_000)

  test('is not merged from shards of different settings, and nothing is written then', () => {
    expect(caption('other.jsonl', ['--shard', `2/${count}`, '--beam', '1']).status).toBe(0)
    const { status, stderr } = capstan({}, 'merge', shardFile(1), 'other.jsonl', shardFile(3), '--out', 'mixed.json')
    expect(status).toBe(1)
    expect(stderr).toContain('they differ in beam')
    expect(() => readFileSync(join(home, 'mixed.json'))).toThrow('ENOENT')
  }, 300_000)
})

describe('encoding in shards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-encoded-'))
  const encode = (...more: string[]) =>
    capstan({}, 'encode', join(folder, 'photos'), '--encoder', 'openimages-ssd', '--encoders', encoderRoot, '--threads', '1', ...more)
  const at = (name: string): string => join(folder, name)
  const shards = [1, 2].map((index) => at(`${index}.jsonl`))
  const encodeShards = (...more: string[]): void => {
    for (const [index, file] of shards.entries())
      expect(encode('--pooling', '2', '--mirrored', '--shard', `${index + 1}/2`, '--out', file, ...more).stdout).toContain('is whole')
  }
  /** Every file of a cache but its locks, by name. */
  const filesOf = (cache: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(at(cache), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(f16|index|json)$/.test(name))
        .sort()
        .map((name) => [name, readFileSync(join(at(cache), name)).toString('base64')]),
    )

  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(at('photos'))
    const [first] = await drawPictures(at('photos'), 12)
    cpSync(first, at('photos/the same again.jpg'))
    writeFileSync(at('photos/torn.jpg'), 'no photo')
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('gives, merged, to the byte the cache that one machine writes, wherever the shards were moved', () => {
    expect(encode('--pooling', '2', '--mirrored', '--features', at('whole')).stderr).toContain('torn.jpg')
    encodeShards()
    mkdirSync(at('moved'))
    for (const file of shards) for (const name of [file, `${file}.features`]) renameSync(name, name.replace(folder, at('moved')))
    const merged = capstan({}, 'merge', at('moved/2.jsonl'), at('moved/1.jsonl'), '--out', at('merged'))
    expect(merged.stdout).toContain('features of 12 photos of 2 shards, 1 left out')
    expect(Object.keys(filesOf('whole'))).toHaveLength(6) // two caches of three files each
    expect(filesOf('merged')).toEqual(filesOf('whole'))
  }, 300_000)

  test('says which photo’s features are damaged, and which are not there', () => {
    encodeShards()
    const cache = `${shards[0]}.features`
    const [data] = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.f16'))
    const bytes = readFileSync(join(cache, data))
    bytes[10] ^= 1
    writeFileSync(join(cache, data), bytes)
    expect(capstan({}, 'merge', ...shards, '--out', at('damaged')).stderr).toContain('are damaged')
    rmSync(cache, { recursive: true })
    expect(capstan({}, 'merge', ...shards, '--out', at('without')).stderr).toContain('Move each shard together with its folder')
  }, 300_000)

  test('computes embeddings the same way', () => {
    expect(encode('--embeddings', '--features', at('vectors')).stdout).toContain('13 photos have their features')
    for (const index of [1, 2]) expect(encode('--embeddings', '--shard', `${index}/2`, '--out', at(`vectors-${index}.jsonl`)).stdout).toContain('is whole')
    expect(capstan({}, 'merge', at('vectors-1.jsonl'), at('vectors-2.jsonl'), '--out', at('merged-vectors')).stdout).toContain('features of 12 photos')
    expect(filesOf('merged-vectors')).toEqual(filesOf('vectors'))
  }, 300_000)
})

describe('judging in shards', () => {
  const judge = (model: string, ...more: string[]) =>
    capstan(
      {},
      'judge',
      model,
      '--captions',
      'captions.txt',
      '--images',
      'judged',
      '--title',
      'Drawn',
      '--beam',
      '2',
      '--threads',
      '1',
      '--encoders',
      encoderRoot,
      ...more,
    )
  // The speed and the package's folder are of the one run or the other.
  const card = (model: string): string =>
    readFileSync(join(home, model, 'README.md'), 'utf8')
      .replace(/[\d.]+ photos a second/, '')
      .replaceAll(model, 'model')

  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(join(home, 'judged'))
    const paths = await drawPictures(join(home, 'judged'), 10)
    await writeTinyModel(join(home, 'models'), defaultEncoderFolder, ['a dog runs in the snow', 'two people sit on a red bench', 'a cat on the grass'])
    for (const model of ['one-machine', 'two-shards']) cpSync(join(home, 'models/tiny'), join(home, model), { recursive: true })
    const lines = paths.flatMap((_, place) =>
      ['a dog on the grass', 'two people in the snow'].map((text, number) => `picture-${place}.jpg#${number}\t${text}\n`),
    )
    writeFileSync(join(home, 'captions.txt'), lines.join(''))
  }, 300_000)

  test('writes, merged, the card, the list and the report that one machine writes', () => {
    expect(judge('one-machine', '--json', 'judged.json')).toMatchObject({ status: 0 })
    for (const index of [1, 2]) expect(judge('two-shards', '--shard', `${index}/2`, '--out', `judged-${index}.jsonl`)).toMatchObject({ status: 0 })
    expect(capstan({}, 'merge', 'judged-1.jsonl', 'judged-2.jsonl', '--out', 'judged-merged.json')).toMatchObject({ status: 0 })
    expect(readFileSync(join(home, 'judged-merged.json'))).toEqual(readFileSync(join(home, 'judged.json')))
    expect(readFileSync(join(home, 'two-shards/captions-drawn.md'))).toEqual(readFileSync(join(home, 'one-machine/captions-drawn.md')))
    expect(card('two-shards')).toBe(card('one-machine'))
  }, 300_000)

  test('is not merged once the references are others, and the card stays as it was', () => {
    const before = card('two-shards')
    writeFileSync(join(home, 'captions.txt'), 'picture-0.jpg#0\ta cat\n')
    const { status, stderr } = capstan({}, 'merge', 'judged-1.jsonl', 'judged-2.jsonl', '--out', 'late.json')
    expect(status).toBe(1)
    expect(stderr).toContain('are not those that the shards were made with')
    expect(card('two-shards')).toBe(before)
  }, 300_000)
})

const clip = sharedData === undefined ? undefined : join(sharedData, 'clip/vit-tiny')
if (clip === undefined) console.warn(`CLIPScore in shards is skipped: ${withoutSharedData}`)
describe.skipIf(clip === undefined)('CLIPScore in shards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-clip-scored-'))
  const at = (name: string): string => join(folder, name)
  const score = (...more: string[]) =>
    capstan(
      {},
      'clip-score',
      at('photos'),
      '--encoder',
      'clip',
      '--encoders',
      at('encoders'),
      '--results',
      at('results.json'),
      '--references',
      at('references.json'),
      '--features',
      at('cache'),
      ...more,
    )

  beforeAll(async () => {
    mkdirSync(at('photos'))
    const paths = await drawPictures(at('photos'), 8)
    writeTinyClip(clip ?? '', at('clip'))
    expect(capstan({}, 'encoder', 'add', at('clip'), '--encoders', at('encoders'), '--name', 'clip')).toMatchObject({ status: 0 })
    const ids = paths.map((_, place) => place)
    writeFileSync(at('results.json'), JSON.stringify(ids.map((image_id) => ({ image_id, caption: `dog ${image_id}` }))))
    const annotations = ids.map((image_id) => ({ id: image_id, image_id, caption: `do g ${image_id}` }))
    writeFileSync(at('references.json'), JSON.stringify({ images: ids.map((id) => ({ id, file_name: `picture-${id}.jpg` })), annotations }))
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('gives, merged, to the byte the rows that one machine writes, and its means', () => {
    const whole = score('--per-image', at('whole.jsonl'))
    for (const index of [1, 2]) expect(score('--shard', `${index}/2`, '--out', at(`${index}.jsonl`)).stdout).toContain('is whole')
    const merged = capstan({}, 'merge', at('1.jsonl'), at('2.jsonl'), '--out', at('merged.jsonl'))
    expect(readFileSync(at('merged.jsonl'))).toEqual(readFileSync(at('whole.jsonl')))
    expect(merged.stdout).toBe(whole.stdout)
  }, 300_000)
})
