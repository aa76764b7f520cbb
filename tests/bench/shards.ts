/**
 * `npm run bench -- shards`: processor time (of user and system, children included) of a work in shards and their merge, beside one process that does the whole, as
 * JSON. One thread each, two processes at any time, so that both sides meet the same contention. Options: `--work caption,encode,score`, `--shards 1,2,4,8`,
 * `--photos n` (of Flickr8k in ../shared), `--rounds n`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readReferences } from '#engine/datasets/scored-captions.ts'
import { encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'

const works = ['caption', 'encode', 'score'] as const
type WorkName = (typeof works)[number]

/** How a work is run. `folder`: of its own, for what it writes. */
interface Work {
  items: number
  whole(folder: string): string[]
  shard(folder: string, shard: string, out: string): string[]
  merge(folder: string, files: readonly string[]): string[]
}

interface Row {
  shards: number
  /** Processor seconds, medians of the rounds: all shards together, and the merge. */
  shardSeconds: number
  mergeSeconds: number
  /** The shards and the merge by the whole in one process, less one. */
  overhead: number
}

interface WorkReport {
  items: number
  /** Of the whole in one process. */
  seconds: number
  /** Of a shard that has nothing to do: what each costs before its first item. */
  secondsBeforeTheFirst: number
  rows: Row[]
}

export interface ShardsBenchmark {
  processor: string
  cores: number
  rounds: number
  works: Partial<Record<WorkName, WorkReport>>
}

export async function run(args: string[]): Promise<ShardsBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({ args, options: { work: option('caption,score'), shards: option('1,2,4,8'), photos: option('7000'), rounds: option('2') } })
  if (sharedData === undefined) throw new Error(withoutSharedData)
  await ensureEncoders()
  const asked = z.array(z.enum(works)).parse(values.work.split(','))
  const counts = z.array(z.coerce.number().int().min(1)).parse(values.shards.split(','))
  const rounds = Number(values.rounds)
  const home = mkdtempSync(join(tmpdir(), 'capstan-shards-'))
  const report: ShardsBenchmark = { processor: cpus()[0]?.model ?? '', cores: availableParallelism(), rounds, works: {} }
  try {
    for (const name of asked) report.works[name] = await measure(name, await describe(name, home, sharedData, Number(values.photos)), { home, counts, rounds })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
  return report
}

async function describe(name: WorkName, home: string, data: string, wanted: number): Promise<Work> {
  if (name === 'score') return scoring(home, data)
  const folder = join(data, 'flickr8k/images')
  const photos = readdirSync(folder)
    .sort()
    .slice(0, wanted)
    .map((file) => join(folder, file))
  const encoders = ['--encoders', encoderRoot, '--threads', '1']
  if (name === 'caption') {
    const words = ['caption', ...photos, '--model', join(projectFolder, 'models/base-captioner'), ...encoders]
    return {
      items: photos.length,
      whole: (own) => [...words, '--features', join(own, 'features'), '--out', join(own, 'results.json')],
      shard: (own, shard, out) => [...words, '--features', join(own, `features ${shard.replace('/', ' of ')}`), '--shard', shard, '--out', out],
      merge: (own, files) => ['merge', ...files, '--out', join(own, 'results.json')],
    }
  }
  const words = ['encode', ...photos, '--encoder', 'openimages-ssd', ...encoders]
  return {
    items: photos.length,
    whole: (own) => [...words, '--features', join(own, 'features')],
    shard: (_own, shard, out) => [...words, '--shard', shard, '--out', out],
    merge: (own, files) => ['merge', ...files, '--out', join(own, 'features')],
  }
}

/** All images of COCO val2017 that have captions; what is scored is a caption of the next image, since no others are there. */
async function scoring(home: string, data: string): Promise<Work> {
  const references = join(data, 'coco/captions_val2017.json')
  const captions = [...(await readReferences(references)).captions]
  const results = join(home, 'results.json')
  writeFileSync(results, JSON.stringify(captions.map(([image_id], at) => ({ image_id, caption: captions[(at + 1) % captions.length][1][0] }))))
  const words = ['score', '--references', references, '--results', results]
  return {
    items: captions.length,
    whole: (own) => [...words, '--json', join(own, 'scores.json')],
    shard: (_own, shard, out) => [...words, '--shard', shard, '--out', out],
    merge: (own, files) => ['merge', ...files, '--out', join(own, 'scores.json')],
  }
}

/** Each round runs the whole, every split and a shard without items in two lanes, so that none of them meets a quieter machine than another. */
async function measure(name: WorkName, work: Work, { home, counts, rounds }: { home: string; counts: readonly number[]; rounds: number }): Promise<WorkReport> {
  const whole: number[] = []
  const empty: number[] = []
  const shards = new Map(counts.map((count) => [count, [] as number[]]))
  const merges = new Map(counts.map((count) => [count, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    const places = new Map(counts.map((count) => [count, mkdtempSync(join(home, `${name}-${count}-`))]))
    const at = (count: number, index: number): string => join(places.get(count) ?? home, `${index}.jsonl`)
    const tasks: (() => Promise<void>)[] = [
      async () => {
        const own = mkdtempSync(join(home, `${name}-whole-`))
        whole.push(await processorSeconds(work.whole(own)))
        rmSync(own, { recursive: true })
      },
    ]
    for (const [count, own] of places) {
      const sums: number[] = []
      for (let index = 1; index <= count; index++)
        tasks.push(async () => {
          sums.push(await processorSeconds(work.shard(own, `${index}/${count}`, at(count, index))))
          if (sums.length === count) shards.get(count)?.push(sums.reduce((total, seconds) => total + seconds, 0))
        })
    }
    const beside = mkdtempSync(join(home, `${name}-empty-`))
    tasks.push(async () => void empty.push(await processorSeconds(work.shard(beside, '1/100000', join(beside, 'empty.jsonl')))))
    await inTwoLanes(tasks)
    for (const [count, own] of places) {
      const files = Array.from({ length: count }, (_, index) => at(count, index + 1))
      merges.get(count)?.push(await processorSeconds(work.merge(own, files)))
      rmSync(own, { recursive: true })
    }
  }
  const seconds = median(whole)
  const rows = counts.map((count): Row => {
    const [shardSeconds, mergeSeconds] = [median(shards.get(count) ?? []), median(merges.get(count) ?? [])]
    return { shards: count, shardSeconds, mergeSeconds, overhead: (shardSeconds + mergeSeconds) / seconds - 1 }
  })
  return { items: work.items, seconds, secondsBeforeTheFirst: median(empty), rows }
}

async function inTwoLanes(tasks: (() => Promise<void>)[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task()
  }
  await Promise.all([lane(), lane()])
}

/** Of `capstan` with these words and of what it starts, as the shell's `time` tells. */
async function processorSeconds(words: readonly string[]): Promise<number> {
  const program = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null'
  const child = spawn('bash', ['-c', program, process.execPath, join(projectFolder, 'src/cli/capstan.ts'), ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let written = ''
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()))
  const code = await new Promise((done) => child.on('close', done))
  if (code !== 0) throw new Error(`capstan ${words[0]} ended with ${String(code)}: ${written.slice(-2000)}`)
  const [user, system] = written.trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
  process.stderr.write(`${words[0]} ${words.slice(-4).join(' ')}: ${user + system} s\n`)
  return user + system
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, next) => one - next)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2
}
