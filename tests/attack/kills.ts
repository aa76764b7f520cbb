/** Processes killed at random moments while they type, place folders and do every kind of job: nothing that was said to be saved is lost, nothing is half there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import { checkIntegrity, connect, openReadOnly } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { fineTuneRecipeSchema } from '#shared/domain.ts'
import { jobKinds, type JobKind } from '#shared/jobs.ts'
import { diceOf, type Attack, type Dice } from './findings.ts'
import { killedChild } from './killed.ts'
import { makeWorkshop, writeExperiment, type Workshop } from './workshop.ts'

/** Out of twenty kills: typing and placing are quick to begin, jobs are of every kind. */
const shares = ['typing', 'typing', 'typing', 'typing', 'typing', 'typing', 'placing', 'placing', ...jobKinds] as const
const lanes = 2

export const attackJobs: Attack = async ({ folder, kills, seed }) => {
  const counts: Record<string, number> = {}
  const wrong: string[] = []
  const work = async (lane: number): Promise<void> => {
    const dice = diceOf(seed * 1000 + lane)
    const workshop = await makeWorkshop(join(folder, `lane-${lane}`))
    const state: LaneState = { workshop, said: new Map(), spans: new Map(), outputs: 0 }
    for (let kill = lane; kill < kills; kill += lanes) {
      const kind = shares[(kill + Math.floor(kill / shares.length)) % shares.length]
      const found = await attackOnce(kind, state, dice, kill)
      const told = found.map((each) => `kill ${kill} (${kind}): ${each}`)
      for (const each of told) process.stderr.write(`${each}\n`)
      wrong.push(...told)
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    wrong.push(...(await finishAll(state)))
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)))
  return { counts: { kills: Object.values(counts).reduce((sum, each) => sum + each, 0), ...counts }, wrong }
}

interface LaneState {
  workshop: Workshop
  /** What was last said to be saved of each image: a correction stays for ever, a draft until the next text. */
  said: Map<string, { kind: string; text: string; turn: number }>
  /** How long each kind of job takes, as far as is known. */
  spans: Map<string, number>
  outputs: number
}

async function attackOnce(kind: (typeof shares)[number], state: LaneState, dice: Dice, kill: number): Promise<string[]> {
  if (kind === 'placing') return placing(state, dice)
  if (kind === 'typing') return typing(state, dice, kill)
  const service = await state.workshop.open()
  await queue(service, kind, state)
  service.close()
  const { folder, models, encoders } = state.workshop
  // A kill in five is while the workspace is opened.
  const opening = dice(1, 5) === 1
  const span = opening ? 1500 : (state.spans.get(kind) ?? 3000)
  const ended = await killedChild('jobs', [folder, models, encoders], dice(0, span), opening ? 'start' : 'first line')
  if (ended.finished && !opening) state.spans.set(kind, Math.max(100, ended.ran))
  const failed = ended.finished && ended.code !== 0 ? [`the job’s process ended with ${ended.code}: ${ended.errors.slice(-400)}`] : []
  return [...failed, ...(await look(state))]
}

async function typing(state: LaneState, dice: Dice, kill: number): Promise<string[]> {
  const { lines, errors } = await killedChild('typing', [state.workshop.folder, String(kill)], dice(0, 600))
  if (lines.length === 0) return [`nothing was typed: ${errors.slice(-400)}`]
  lines.forEach((line, turn) => {
    const [kind, imageId, text] = line.split('\t')
    state.said.set(imageId, { kind, text, turn: kill * 1e6 + turn })
    if (kind === 'correction') state.said.set(`${imageId} ${text}`, { kind: 'for ever', text, turn })
  })
  return look(state)
}

/** One of the two folders is there, whole, however the process that exchanged them was killed. */
async function placing({ workshop }: LaneState, dice: Dice): Promise<string[]> {
  const home = join(workshop.outputs, 'placing')
  mkdirSync(home, { recursive: true })
  const there = existsSync(join(home, 'place'))
  const { lines, errors } = await killedChild('placing', [join(home, 'place')], dice(there ? 0 : 200, 500))
  if (lines.length === 0) return [`nothing was placed: ${errors.slice(-400)}`]
  await removeLeftovers(home)
  const names = readdirSync(home)
  if (names.join() !== 'place') return names.length === 0 && !there ? [] : [`beside the folder is ${names.join(', ')}`]
  const [first, second] = ['first', 'second'].map((name) => readFileSync(join(home, 'place', name), 'utf8'))
  return first === second ? [] : ['the folder is a mixture']
}

/** Puts a job of the kind into the queue where none waits or is interrupted. */
async function queue(service: WorkspaceService, kind: JobKind, state: LaneState): Promise<void> {
  const { workshop } = state
  service.jobs.requeueInterrupted()
  if (service.jobs.list().some((job) => job.kind === kind && job.state === 'queued')) return
  const { modelId, scenes } = workshop
  state.outputs += 1
  const output = join(workshop.outputs, `${kind}-${state.outputs}`)
  switch (kind) {
    case 'import':
      await service.call('imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'train' })
      return
    case 'caption':
      await service.call('captioning.start', { modelId, scope: {}, beam: 2, again: true })
      return
    case 'score':
      await service.call('scores.start', { modelId, set: 'all', beam: 1 })
      return
    case 'train': {
      const [snapshot] = await service.call('snapshots.list', undefined)
      const recipe = fineTuneRecipeSchema.parse({ parts: 'all', epochs: 2, learningRate: 0.01, batchImages: 4 })
      await service.call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'Tuned', recipe })
      return
    }
    case 'experiment':
      await service.call('experiments.start', { name: `Grid ${state.outputs}`, recipe: writeExperiment(workshop), data: 'recipe' })
      return
    case 'export':
      await service.call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file: `${output}.json`, replace: false })
      return
    case 'export-onnx':
      await service.call('models.exportOnnx', { modelId, folder: output })
      return
    case 'embed':
      await service.call('embeddings.start', { encoderId: 'openimages-ssd' })
      return
    case 'cluster': // needs a scheduler
    case 'report': // one file, written as an export's
    case 'map': // one row in one transaction
    case 'find-clusters':
      throw new Error(`no ${kind} job is attacked`)
  }
}

const onnxFiles = ['caption.mjs', 'decoder.onnx', 'encoder.onnx', 'prepare.onnx', 'settings.json', 'vision.onnx']

/** Everything that may be asked of a workspace after a kill, once it is opened again. */
async function look({ workshop, said }: LaneState): Promise<string[]> {
  const wrong: string[] = []
  const layout = workspaceLayout(workshop.folder)
  const service = await workshop.open().catch((error: unknown) => {
    wrong.push(`it does not open: ${String(error)}`)
  })
  if (service === undefined) return wrong
  try {
    const database = openReadOnly(workshop.folder)
    checkIntegrity(database, workshop.folder)
    if ((database.pragma('foreign_key_check') as unknown[]).length > 0) wrong.push('rows refer to rows that are not there')
    const corrections = new Set(database.prepare("SELECT image_id || ' ' || text FROM correction").pluck().all())
    const standing = new Map(database.prepare<[], [number, string | null]>('SELECT image_id, text FROM review').raw().all())
    database.close()
    for (const [key, { kind, text }] of said) {
      if (kind === 'for ever' && !corrections.has(key)) wrong.push(`the correction “${text}” is lost`)
      // A later text may be there, too, though nobody was told.
      if (kind !== 'for ever' && !comesUpTo(standing.get(Number(key)) ?? '', text)) wrong.push(`of “${text}” there is “${standing.get(Number(key))}”`)
    }
    for (const { folder, report } of await service.call('models.leftOut', undefined)) wrong.push(`the model in ${folder} is left out: ${report.happened}`)
    for (const name of readdirSync(layout.models))
      await readModelPackage(join(layout.models, name)).catch((error: unknown) => wrong.push(`${name}: ${String(error)}`))
    for (const job of service.jobs.list()) if (job.state === 'failed') wrong.push(`a ${job.kind} job failed: ${job.message}`)
    await service.call('jobs.clearFinished', undefined)
    for (const place of [workshop.folder, layout.models, layout.backups])
      for (const name of existsSync(place) ? readdirSync(place) : []) if (name.endsWith('.partial')) wrong.push(`${name} is left`)
    wrong.push(...backupsOf(layout.backups), ...outputsOf(workshop.outputs))
  } catch (error) {
    wrong.push(String(error))
  } finally {
    service.close()
  }
  return wrong
}

/** Texts are `round N turn M`, and those of an image only ever grow in both. */
function comesUpTo(standing: string, text: string): boolean {
  const numbers = (of: string): number[] => (/round (\d+) turn (\d+)/.exec(of) ?? []).slice(1).map(Number)
  const [[round, turn], [saidRound, saidTurn]] = [numbers(standing), numbers(text)]
  if (saidRound === undefined) return standing !== '' // the first letters of a draft
  return round === undefined ? 'round '.startsWith(standing) && standing !== '' : round > saidRound || (round === saidRound && turn >= saidTurn)
}

function backupsOf(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : []
  return names.flatMap((name) => {
    const database = connect(join(folder, name), { fileMustExist: true, readonly: true })
    const verdict = database.pragma('quick_check(1)', { simple: true })
    database.close()
    return verdict === 'ok' ? [] : [`the backup ${name} is damaged`]
  })
}

/** Each output is whole or not there. Those that were looked at go, for there will be hundreds. */
function outputsOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (/^export-onnx-\d+$/.test(name)) {
      const holds = readdirSync(path).sort().join()
      rmSync(path, { recursive: true })
      return holds === onnxFiles.join() ? [] : [`${name} holds ${holds}`]
    }
    if (!/^export-\d+\.json$/.test(name)) return []
    const text = readFileSync(path, 'utf8')
    rmSync(path)
    try {
      JSON.parse(text)
      return []
    } catch {
      return [`${name} is half a file`]
    }
  })
}

/** What was interrupted comes to its end once nobody kills it. */
async function finishAll(state: LaneState): Promise<string[]> {
  const { folder, models, encoders } = state.workshop
  for (const kind of jobKinds) {
    const service = await state.workshop.open()
    await queue(service, kind, state)
    service.close()
  }
  const ended = await killedChild('jobs', [folder, models, encoders], 300_000)
  if (!ended.finished || ended.code !== 0) return [`the last jobs did not end: ${ended.errors.slice(-600)}`]
  const service = await state.workshop.open()
  const open = service.jobs
    .list()
    .filter(({ state: at }) => at !== 'done')
    .map(({ kind, state: at, message }) => `a ${kind} job is ${at}: ${message}`)
  service.close()
  return [...open, ...(await look(state))]
}
