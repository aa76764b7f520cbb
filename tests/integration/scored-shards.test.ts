/** Scoring in shards: merged, the report and the rows of images are to the byte what one machine writes. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectFolder } from '../../scripts/paths.ts'
import { randomAt, uniform } from '#shared/random.ts'

const home = mkdtempSync(join(tmpdir(), 'capstan-scored-shards-'))
const count = 3
const shardFiles = Array.from({ length: count }, (_, index) => `${index + 1}.jsonl`)

function capstan(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], { cwd: home, encoding: 'utf8' })
  return { status, stdout, stderr }
}
const score = (...more: string[]) => capstan('score', '--references', 'references.json', '--results', 'results.json', '--bootstrap', '50', ...more)
const bytes = (name: string): string => readFileSync(join(home, name), 'utf8')

/** Captions with words that tokenizers stumble over; every fifth image has no result. */
function writeSet(images: number): void {
  const random = randomAt(7, 'captions', 0)
  const words = ['a', 'dog', 'the', 'running', '"red', "dog's", 'bench,', 'C++', 'snow', 'two', 'people', 'U.S.', '(sits', 'grass.']
  const caption = (): string => Array.from({ length: 4 + Math.floor(uniform(random) * 8) }, () => words[Math.floor(uniform(random) * words.length)]).join(' ')
  const ids = Array.from({ length: images }, (_, index) => 1000 - index)
  const references = ids.flatMap((image_id) => [1, 2, 3].map((number) => ({ id: image_id * 10 + number, image_id, caption: caption() })))
  writeFileSync(join(home, 'references.json'), JSON.stringify({ images: ids.map((id) => ({ id, file_name: `${id}.jpg` })), annotations: references }))
  const results = ids.filter((_, index) => index % 5 !== 0).map((image_id) => ({ image_id, caption: caption() }))
  writeFileSync(join(home, 'results.json'), JSON.stringify(results))
}

describe('scoring in shards', () => {
  beforeAll(() => writeSet(100))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  test('gives, merged, to the byte the report and the rows that one machine writes', () => {
    expect(score('--json', 'whole.json', '--per-image', 'whole.jsonl')).toMatchObject({ status: 0 })
    for (const [index, file] of shardFiles.entries()) expect(score('--shard', `${index + 1}/${count}`, '--out', file)).toMatchObject({ status: 0 })
    expect(capstan('merge', ...shardFiles, '--out', 'merged.json', '--per-image', 'merged.jsonl')).toMatchObject({ status: 0 })
    expect(bytes('merged.json')).toBe(bytes('whole.json'))
    expect(bytes('merged.jsonl')).toBe(bytes('whole.jsonl'))
  }, 300_000)

  test('goes on from the rows that are there', () => {
    const [header, ...rows] = bytes('1.jsonl').trimEnd().split('\n')
    writeFileSync(join(home, 'again.jsonl.unfinished'), `${[header, ...rows.slice(0, 3)].join('\n')}\n{"place":1,"ma`)
    expect(score('--shard', `1/${count}`, '--out', 'again.jsonl').stdout).toContain('3 of them by an earlier run')
    expect(bytes('again.jsonl')).toBe(bytes('1.jsonl'))
  }, 300_000)

  test('is merged by one set of metrics alone, and writes nothing else', () => {
    expect(score('--shard', `2/${count}`, '--out', 'other.jsonl', '--metrics', 'CIDEr')).toMatchObject({ status: 0 })
    const mixed = capstan('merge', '1.jsonl', 'other.jsonl', '3.jsonl', '--out', 'mixed.json')
    expect(mixed).toMatchObject({ status: 1 })
    expect(mixed.stderr).toContain('they differ in metrics')
    expect(existsSync(join(home, 'mixed.json'))).toBe(false)
  }, 300_000)

  test('adds up the metrics that were asked for alone', () => {
    const some = ['--metrics', 'Bleu_4,METEOR,CIDEr_plain']
    expect(score(...some, '--json', 'some.json')).toMatchObject({ status: 0 })
    for (const index of [1, 2]) expect(score(...some, '--shard', `${index}/2`, '--out', `some-${index}.jsonl`)).toMatchObject({ status: 0 })
    expect(capstan('merge', 'some-2.jsonl', 'some-1.jsonl', '--out', 'some-merged.json')).toMatchObject({ status: 0 })
    expect(bytes('some-merged.json')).toBe(bytes('some.json'))
  }, 300_000)

  test('has no report of its own, and tells a row that was edited by hand', () => {
    expect(score('--shard', '1/2', '--out', 'x.jsonl', '--failures').stderr).toContain('Leave --json and --per-image to merge')
    writeFileSync(join(home, 'edited.jsonl'), bytes('1.jsonl').replace(/"CIDEr":\[[^\]]*\]/, '"CIDEr":"high"'))
    const edited = capstan('merge', 'edited.jsonl', '2.jsonl', '3.jsonl', '--out', 'edited.json')
    expect(edited).toMatchObject({ status: 1 })
    expect(edited.stderr).toMatch(/The row of photo \d+ is not what score writes: numbers\.CIDEr/)
  }, 300_000)
})
