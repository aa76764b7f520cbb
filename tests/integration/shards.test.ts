/** Captioning in shards: merged, what they wrote is to the byte what one machine writes; a second run does only what is missing. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultEncoderFolder, encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { drawPictures } from '../support/pictures.ts'
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

describe('captioning in shards', () => {
  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(join(home, 'photos'))
    await drawPictures(join(home, 'photos'), 20)
    writeFileSync(join(home, 'photos', 'a torn photo.jpg'), 'no photo')
    await writeTinyModel(home, defaultEncoderFolder, ['a dog runs in the snow', 'two people sit on a red bench', 'a cat on the grass'])
  }, 300_000)
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  test('writes, merged, to the byte what one machine writes, and names the same photos left out', () => {
    const whole = caption('whole.json')
    expect(whole.stderr).toContain('a torn photo.jpg')
    for (const [index, file] of shardFiles.entries()) {
      const { stdout } = caption(file, ['--shard', 'auto'], { SLURM_ARRAY_TASK_ID: `${index}`, SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: `${count}` })
      expect(stdout).toContain(`shard ${index + 1} of ${count} is whole`)
    }
    const merged = capstan({}, 'merge', ...shardFiles, '--out', 'merged.json')
    expect(merged.stdout).toContain('20 captions of 3 shards, 1 left out')
    for (const ending of ['json', 'txt']) expect(readFileSync(join(home, `merged.${ending}`))).toEqual(readFileSync(join(home, `whole.${ending}`)))
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
