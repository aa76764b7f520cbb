/** Captioning as an array on a real Slurm: submitted, killed, cancelled, retried, merged to the byte of one machine. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { experimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { experimentReportSchema } from '#shared/experiments.ts'
import { defaultEncoderFolder, encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { drawPictures } from '../support/pictures.ts'
import { startSlurm, withoutSlurm, type RunningSlurm } from '../support/slurm.ts'
import { writeTinyExperiment } from '../support/tiny-experiment.ts'
import { writeTinyModel } from '../support/tiny-model.ts'

const reason = withoutSlurm()
if (reason !== undefined) console.warn(`Slurm's tests are skipped: ${reason}`)

describe.skipIf(reason !== undefined)('a cluster', () => {
  const home = mkdtempSync(join(tmpdir(), 'capstan-cluster-'))
  const captioning = ['caption', 'photos', '--model', 'tiny', '--beam', '2', '--threads', '1', '--encoders', encoderRoot]
  let slurm: RunningSlurm

  const capstan = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], { cwd: home, encoding: 'utf8', env: slurm.environment })
  const status = (folder: string): string => capstan('cluster', 'status', folder).stdout

  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(join(home, 'photos'))
    await drawPictures(join(home, 'photos'), 24)
    await writeTinyModel(home, defaultEncoderFolder, ['a dog runs in the snow', 'two people sit on a red bench', 'a cat on the grass'])
    slurm = await startSlurm()
  }, 300_000)
  afterAll(() => {
    slurm.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }, 60_000)

  test('captions in an array and merges to the byte what one machine writes', async () => {
    const submitted = capstan('cluster', 'submit', '--shards', '3', '--folder', 'work', '--out', 'merged.json', '--', ...captioning)
    expect(submitted).toMatchObject({ status: 0, stderr: '' })
    await expect.poll(() => status('work'), { timeout: 240_000, interval: 1000 }).toContain('3 of 3 shards whole; merged')
    expect(capstan(...captioning, '--out', 'whole.json').status).toBe(0)
    for (const ending of ['json', 'txt']) expect(readFileSync(join(home, `merged.${ending}`))).toEqual(readFileSync(join(home, `whole.${ending}`)))
    expect(capstan('cluster', 'logs', 'work', '2').stdout).toContain('shard 2 of 3 is whole')
    expect(capstan('cluster', 'retry', 'work').stdout).toContain('no shard lacks')
  }, 400_000)

  test('scores and encodes in arrays as one machine does', async () => {
    const ids = Array.from({ length: 24 }, (_, place) => place)
    const annotations = ids.map((image_id) => ({ id: image_id, image_id, caption: `a dog and ${image_id} cats on the grass` }))
    writeFileSync(join(home, 'references.json'), JSON.stringify({ images: ids.map((id) => ({ id, file_name: `${id}.jpg` })), annotations }))
    writeFileSync(join(home, 'results.json'), JSON.stringify(ids.map((image_id) => ({ image_id, caption: `a dog and ${image_id % 7} cats` }))))
    const scoring = ['score', '--references', 'references.json', '--results', 'results.json', '--metrics', 'Bleu,ROUGE_L,CIDEr']
    const encoding = ['encode', 'photos', '--encoder', 'openimages-ssd', '--encoders', encoderRoot, '--threads', '1']
    expect(capstan('cluster', 'submit', '--shards', '2', '--folder', 'scoring', '--out', 'scores.json', '--', ...scoring).status).toBe(0)
    expect(capstan('cluster', 'submit', '--shards', '2', '--folder', 'encoding', '--out', 'features', '--', ...encoding).status).toBe(0)
    expect(capstan(...scoring, '--json', 'scores-whole.json').status).toBe(0)
    expect(capstan(...encoding, '--features', 'features-whole').status).toBe(0)
    for (const folder of ['scoring', 'encoding'])
      await expect.poll(() => status(folder), { timeout: 240_000, interval: 1000 }).toContain('2 of 2 shards whole; merged')
    expect(readFileSync(join(home, 'scores.json'))).toEqual(readFileSync(join(home, 'scores-whole.json')))
    // The merge has begun its folder before the last record is there.
    await expect.poll(() => capstan('cluster', 'logs', 'encoding').stdout, { timeout: 60_000 }).toContain('features of 24 photos of 2 shards')
    const [cache] = readdirSync(join(home, 'features-whole'))
    for (const name of ['segment-0000.f16', 'segment-0000.index'])
      expect(readFileSync(join(home, 'features', cache, name))).toEqual(readFileSync(join(home, 'features-whole', cache, name)))
  }, 400_000)

  test('runs the cells of an experiment as tasks, goes on from the checkpoint of one that was preempted, and writes the table at the end', async () => {
    const recipe = await writeTinyExperiment(join(home, 'experiment'), {}, { epochs: 400, checkpointSteps: 20 })
    const experiment = ['experiment', recipe, '--encoders', encoderRoot, '--features', 'experiment-features', '--threads', '1']
    const submitted = capstan('cluster', 'submit', '--shards', '2', '--folder', 'cells', '--out', 'table', '--', ...experiment)
    expect(submitted).toMatchObject({ status: 0, stderr: '' })
    const array = /array (\d+)/.exec(submitted.stdout)?.[1] ?? ''
    const cells = ['openimages-ssd_transformer_short_seed-1', 'openimages-ssd_object-relation_short_seed-1'].map((id) =>
      experimentLayout(join(home, 'table')).cell(id),
    )
    const checkpointed = (): boolean => existsSync(cells[0].checkpoints) && readdirSync(cells[0].checkpoints).some((name) => name.endsWith('.safetensors'))
    await expect.poll(checkpointed, { timeout: 240_000, interval: 20 }).toBe(true)
    slurm.ask('scontrol', 'requeue', `${array}_1`)
    slurm.ask('scontrol', 'release', `${array}_1`)
    await expect.poll(() => status('cells'), { timeout: 400_000, interval: 1000 }).toContain('2 of 2 shards whole; merged')
    expect(readFileSync(join(home, 'cells/logs/1.log'), 'utf8')).toMatch(/from step [1-9]/)

    expect(capstan(...experiment, '--out', 'table of one').status).toBe(0)
    const alone = experimentLayout(join(home, 'table of one'))
    for (const cell of cells) {
      const { model, scores } = alone.cell(basename(cell.folder))
      expect(readFileSync(join(cell.model, 'weights.safetensors'))).toEqual(readFileSync(join(model, 'weights.safetensors')))
      expect(readFileSync(cell.scores)).toEqual(readFileSync(scores))
    }
    const { cells: written } = experimentReportSchema.parse(JSON.parse(readFileSync(join(home, 'table/results.json'), 'utf8')))
    expect(written.map(({ state }) => state)).toEqual(['done', 'done'])
  }, 900_000)

  test('says which shards lack after a cancel, and retries these alone', async () => {
    slurm.ask('scontrol', 'update', 'PartitionName=main', 'State=DOWN') // tasks wait until it is up again
    expect(capstan('cluster', 'submit', '--shards', '2', '--folder', 'second', '--out', 'second.json', '--', ...captioning).status).toBe(0)
    expect(status('second')).toContain('shard 1: pending')
    expect(capstan('cluster', 'cancel', 'second').status).toBe(0)
    await expect.poll(() => status('second'), { timeout: 60_000 }).toContain('shard 2: not whole and not queued')
    expect(existsSync(join(home, 'second.json'))).toBe(false)
    slurm.ask('scontrol', 'update', 'PartitionName=main', 'State=UP')
    expect(capstan('cluster', 'retry', 'second').stdout).toContain('the 2 shards that lacked')
    await expect.poll(() => status('second'), { timeout: 240_000, interval: 1000 }).toContain('2 of 2 shards whole; merged')
    expect(readFileSync(join(home, 'second.json'))).toEqual(readFileSync(join(home, 'whole.json')))
  }, 400_000)

  test('a shard that is asked to end keeps its rows and goes on from them', async () => {
    // So many photos that the run is not over between its first rows and the signal.
    mkdirSync(join(home, 'more-photos'))
    await drawPictures(join(home, 'more-photos'), 400)
    const file = join(home, 'asked.jsonl')
    const captioningMore = captioning.with(1, 'more-photos')
    const args = [...captioningMore, '--shard', '1/1', '--out', file]
    const running = spawn(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], { cwd: home, env: slurm.environment })
    const rows = (): number => (existsSync(`${file}.unfinished`) ? readFileSync(`${file}.unfinished`, 'utf8').split('\n').length - 2 : 0)
    await expect.poll(rows, { timeout: 120_000, interval: 20 }).toBeGreaterThan(0)
    running.kill('SIGTERM')
    await new Promise((resolve) => running.once('exit', resolve))
    const kept = rows()
    const again = capstan(...args)
    expect(again.status).toBe(0)
    expect(kept).toBeGreaterThan(0)
    expect(again.stdout).toContain(`${kept} of them by an earlier run`)
    expect(capstan('merge', file, '--out', 'asked.json').status).toBe(0)
    expect(capstan(...captioningMore, '--out', 'whole-more.json').status).toBe(0)
    expect(readFileSync(join(home, 'asked.json'))).toEqual(readFileSync(join(home, 'whole-more.json')))
  }, 400_000)

  test('refuses what cannot be run in shards, and a folder that is taken', () => {
    expect(capstan('cluster', 'submit', '--shards', '2', '--folder', 'third', '--out', 'x.json', '--', 'train').stderr).toContain(
      'Only caption, encode, score, judge, clip-score, experiment can be run in shards',
    )
    expect(capstan('cluster', 'submit', '--shards', '2', '--folder', 'work', '--out', 'y.json', '--', ...captioning).stderr).toContain(
      'holds a cluster’s work already',
    )
    expect(capstan('cluster', 'status', 'nowhere').stderr).toContain('holds no cluster’s work')
  }, 60_000)
})
