/** What the window says of a run that ended: the gate's judgement, and which corrections taught. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { isHeldOut } from '#engine/workspace/repositories/snapshots.ts'
import { snapshotFileSchema } from '#engine/workspace/snapshots/snapshot-file.ts'
import { fineTuneRecipeSchema, type FineTuneRecipe } from '#shared/domain.ts'
import { gateReportSchema, type GateSide } from '#shared/fine-tuning.ts'
import type { Job } from '#shared/jobs.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

const scenes = 56
const corrected = 28
const heldOut = 0.4

describe('the gate in the window', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-gate-'))
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
  }, 600_000)
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  /** A workspace of drawn scenes, with their captions or without, some of them corrected; a model is fine-tuned on them. */
  async function run(
    name: string,
    options: { seed: number; captions: boolean; text(index: number, reference: string | null): string; recipe: Partial<FineTuneRecipe> },
  ): Promise<Job> {
    const { window } = running
    const drawn = await writeScenes(join(folder, name), scenes, options.seed)
    await callVerb(window, 'workspace.create', { folder: join(folder, `${name}-workspace`), name })
    const source = options.captions
      ? ({ kind: 'captions', file: drawn.captions, imageRoot: drawn.images } as const)
      : ({ kind: 'folder', folder: drawn.images } as const)
    await finished(window, (await callVerb(window, 'imports.start', source)).id)
    const ids = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
    for (const [index, imageId] of ids.slice(0, corrected).entries()) {
      const {
        captions: [review],
        references,
      } = await callVerb(window, 'images.get', { imageId })
      const reference = isHeldOut(imageId, heldOut) ? (references[0]?.text ?? null) : null
      const decision = { kind: 'correct' as const, candidateId: null, text: options.text(index, reference), errorTypes: ['object' as const], rating: 2 }
      await callVerb(window, 'review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
    }
    const parentModelId = (await callVerb(window, 'models.list')).find(({ promoted }) => promoted)?.id ?? ''
    const snapshot = await callVerb(window, 'snapshots.create', { name, heldOut })
    const recipe = fineTuneRecipeSchema.parse({ heldOut, ...options.recipe })
    const { id } = await callVerb(window, 'training.start', { parentModelId, snapshotId: snapshot.id, name: `From ${name}`, recipe })
    const job = await finished(window, id)
    await window.keyboard.press('Control+3')
    await window.getByRole('heading', { level: 1, name: 'Train' }).waitFor()
    await window.getByRole('region', { name: 'Gate' }).waitFor()
    await running.screenshot(`gate-${name}`)
    return job
  }

  /** What the tile “CIDEr on held-out” shows. */
  async function tile(): Promise<string> {
    const text = await running.window.locator('dl > div').filter({ hasText: 'CIDEr on held-out' }).locator('dd').textContent()
    return text?.trim() ?? ''
  }

  /** How the gate judged the held-out corrections. */
  function judged(job: Job): GateSide {
    const { corrections } = gateReportSchema.parse(JSON.parse(String(job.result['gate'])))
    if (corrections === null) throw new Error('the gate judged by no corrections')
    return corrections
  }

  test('a run that gains makes a model and shows which corrections taught', async () => {
    const job = await run('gaining', {
      seed: 950,
      captions: false,
      text: () => 'a frozen lake under deep snow',
      recipe: { parts: 'all', epochs: 4, learningRate: 2e-3, keep: 1, replay: 0, emphasis: 3, preference: 0.1 },
    })
    expect(job.result).toMatchObject({ modelId: expect.any(String) as string })
    const gate = running.window.getByRole('region', { name: 'Gate' })
    expect(await gate.textContent()).toContain('It gained on')
    const words = gate.getByRole('table', { name: 'By word' })
    expect(await words.getByRole('row').filter({ hasText: 'snow' }).count()).toBe(1)
    expect(await gate.getByRole('table', { name: 'By error' }).getByRole('row').filter({ hasText: 'object' }).count()).toBe(1)
    expect((await callVerb(running.window, 'models.list')).map(({ name }) => name)).toContain('From gaining')
    expect(await tile()).toContain(`${judged(job).after.toFixed(3)} +`)
    // The tile, the gate and the card say one thing of the weights that were kept.
    const { modelId } = job.result
    const card = await callVerb(running.window, 'models.card', { modelId: String(modelId) })
    expect(card).toContain(gateReportSchema.parse(JSON.parse(String(job.result['gate']))).reason)
    expect(await gate.textContent()).toContain('Corrections are imitated, changed words counting 3 times as much as kept ones, with all parts and preferred to')
  })

  test('the photos whose correction would teach most are a queue away, undecided ones alone, in their order', async () => {
    const { window } = running
    const [job] = (await callVerb(window, 'jobs.list')).filter(({ kind }) => kind === 'train')
    const next = z.array(z.number()).parse(JSON.parse(String(job?.result['next'])))
    expect(next).toHaveLength(scenes - corrected)
    const details = await Promise.all(next.map((imageId) => callVerb(window, 'images.get', { imageId })))
    expect(details.every(({ captions: [review] }) => review.state === 'pending')).toBe(true)
    await window.getByRole('button', { name: `Correct these next (${next.length})` }).click()
    await window.getByRole('heading', { level: 1, name: details[0].fileName }).waitFor()
    await window.keyboard.press('j')
    await window.getByRole('heading', { level: 1, name: details[1].fileName }).waitFor()
  })

  test('a run that only loses ends with the parent kept, and says so', async () => {
    const job = await run('losing', {
      seed: 960,
      captions: true,
      // Learned from are words without sense, at a rate that breaks the parent; held out is what such scenes do show.
      text: (index, reference) => reference ?? ['zebra piano of of', 'under the no', 'blue a a a'][index % 3],
      recipe: { parts: 'all', epochs: 6, learningRate: 5e-2, keep: 1, replay: 0 },
    })
    const { window } = running
    expect(job.result).not.toHaveProperty('modelId')
    expect(job.message).toContain('No new model')
    const models = await callVerb(window, 'models.list')
    expect(models.map(({ name }) => name)).not.toContain('From losing')
    expect(models.find(({ promoted }) => promoted)?.id).toBe(job.result['kept'])
    const gate = window.getByRole('region', { name: 'Gate' })
    expect(await gate.getByRole('heading', { name: 'The parent is kept: this run lost' }).count()).toBe(1)
    expect(await gate.textContent()).toContain('The parent is kept.')
    const worse = gate.getByRole('list', { name: 'What got worse' }).getByRole('listitem')
    expect(await worse.count()).toBeGreaterThan(0)
    expect(await worse.first().textContent()).toMatch(/^−\d/)
    expect(await tile()).toBe(judged(job).before.toFixed(3))
  })

  test('a snapshot is saved as a file and read again', async () => {
    const { window } = running
    const file = join(folder, 'saved.json')
    await running.app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
    }, file)
    const select = window.getByLabel('Snapshot to train on')
    const [snapshot] = await callVerb(window, 'snapshots.list')
    await select.selectOption(String(snapshot.id))
    await window.getByRole('button', { name: 'Export…' }).click()
    await window.getByText('is saved').waitFor()
    const saved = snapshotFileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    expect(saved.photos).toHaveLength(scenes)
    expect(saved.photos.flatMap(({ texts }) => texts).filter(({ kind }) => kind === 'correction')).toHaveLength(corrected)
    await window.getByRole('button', { name: 'Import…' }).click()
    await window.getByText('is imported').waitFor()
    const [imported] = await callVerb(window, 'snapshots.list')
    expect(imported).toEqual({ ...snapshot, id: snapshot.id + 1 })
    expect(await select.inputValue()).toBe(String(imported.id))
    await running.screenshot('snapshot-exchanged')
  })
})
