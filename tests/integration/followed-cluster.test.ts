/** A cluster's work followed as a job of a workspace, on a real Slurm. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { JobProgress } from '#shared/jobs.ts'
import { encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { drawPictures } from '../support/pictures.ts'
import { startSlurm, withoutSlurm, type RunningSlurm } from '../support/slurm.ts'
import { testWorkspace, type TestWorkspace } from '../support/workspace.ts'

const shipped = join(projectFolder, 'models/base-captioner')
const reason = withoutSlurm()
if (reason !== undefined) console.warn(`Slurm's tests are skipped: ${reason}`)

describe.skipIf(reason !== undefined)('a cluster’s work among the jobs', () => {
  const home = mkdtempSync(join(tmpdir(), 'capstan-followed-'))
  let slurm: RunningSlurm

  beforeAll(async () => {
    await ensureEncoders()
    mkdirSync(join(home, 'photos'))
    await drawPictures(join(home, 'photos'), 6)
    slurm = await startSlurm()
    for (const [name, value] of Object.entries(slurm.environment)) vi.stubEnv(name, value)
  }, 300_000)
  afterAll(() => {
    slurm.stop()
    vi.unstubAllEnvs()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }, 60_000)
  afterEach(() => void slurm.ask('scontrol', 'update', 'PartitionName=main', 'State=UP'))

  const submit = (folder: string, model: string): void => {
    const words = ['caption', 'photos', '--model', model, '--beam', '2', '--threads', '1', '--encoders', encoderRoot]
    const args = ['cluster', 'submit', '--shards', '2', '--folder', folder, '--out', `${folder}.json`, '--', ...words]
    const { status, stderr } = spawnSync(process.execPath, [join(projectFolder, 'src/cli/capstan.ts'), ...args], { cwd: home, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }
  const withPhotos = async (): Promise<TestWorkspace> => {
    const workspace = await testWorkspace()
    const { id } = await workspace.call('imports.start', { kind: 'folder', folder: join(home, 'photos'), split: 'none' })
    await run(workspace, id)
    return workspace
  }
  const follow = (workspace: TestWorkspace, folder: string, modelName: string | null) =>
    workspace.call('cluster.follow', { folder: join(home, folder), modelName })
  const run = (workspace: TestWorkspace, jobId: number, more: { signal?: AbortSignal; onProgress?: (progress: JobProgress) => void } = {}) =>
    runNextJob(workspace.service, { modelRoots: [], encoderRoots: [encoderRoot], jobId, ...more })

  test('shows its shards, and brings its captions in as those of a model', async () => {
    const workspace = await withPhotos()
    submit('work', shipped)
    expect(await workspace.call('cluster.look', { folder: join(home, 'work') })).toMatchObject({ command: 'caption', shards: 2, out: join(home, 'work.json') })
    const { id } = await follow(workspace, 'work', 'Cluster captions')
    const told: JobProgress[] = []
    const ended = await run(workspace, id, { onProgress: (progress) => told.push(progress) })
    expect(ended).toMatchObject({ state: 'done', failures: 0, result: { file: join(home, 'work.json'), images: 6, captions: 6 } })
    expect(told).toContainEqual({ done: 2, total: 2, unit: 'shards', message: 'Merged' })
    expect((await workspace.call('models.list')).find(({ name }) => name === 'Cluster captions')).toMatchObject({ source: { kind: 'external' } })
  }, 300_000)

  test('of shards that fail says which and why', async () => {
    const workspace = await withPhotos()
    submit('failing', 'nowhere')
    const { id } = await follow(workspace, 'failing', null)
    await expect(run(workspace, id)).rejects.toMatchObject({ code: 'unavailable', message: '2 shards of 2 ended without being whole.' })
    const failures = await workspace.call('jobs.failures', { jobId: id })
    expect(failures.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['shard 1', 'shard 2']))
    expect(failures[0].reason).toContain('nowhere')
  }, 300_000)

  test('cancelled, it is cancelled on the cluster; tried again, it submits what lacks', async () => {
    slurm.ask('scontrol', 'update', 'PartitionName=main', 'State=DOWN') // tasks wait until it is up again
    const workspace = await withPhotos()
    submit('waiting', shipped)
    const { id } = await follow(workspace, 'waiting', null)
    const cancel = new AbortController()
    const onProgress = ({ message }: JobProgress): void => {
      if (message === '0 running, 2 waiting on the cluster') cancel.abort()
    }
    await expect(run(workspace, id, { signal: cancel.signal, onProgress })).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => slurm.ask('squeue', '--noheader').trim(), { timeout: 60_000 }).toBe('')
    slurm.ask('scontrol', 'update', 'PartitionName=main', 'State=UP')
    workspace.service.jobs.update(id, { state: 'queued', message: 'Waiting.', error: null })
    expect(await run(workspace, id)).toMatchObject({ state: 'done', attempts: 2, result: { file: join(home, 'waiting.json') } })
  }, 300_000)

  test('a folder that holds no such work is refused before anything is queued', async () => {
    await expect(follow(await testWorkspace(), 'photos', null)).rejects.toMatchObject({ code: 'not-found' })
  })
})
