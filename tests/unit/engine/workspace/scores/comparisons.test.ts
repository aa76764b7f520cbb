/** Models compared from stored per-image scores, on a real database, against a whole evaluation of the same captions. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import { evaluate, type Evaluation } from '#engine/metrics/evaluate.ts'
import { metricNames, type MetricName, type Scores } from '#shared/domain.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const subjects = ['A man', 'Two dogs', 'A woman', 'The black cat', 'A small boat', 'Children']
const actions = ['sit on the grass', 'is running on a beach', 'jumps over a log', 'plays with a red ball', 'rests near the water']
const sentence = (seed: number): string => `${subjects[seed % subjects.length]} ${actions[(seed * 7 + 3) % actions.length]}.`
const imageIds = Array.from({ length: 30 }, (_, i) => i + 1)
const says: Record<string, (imageId: number) => string> = {
  base: (imageId) => (imageId % 3 === 0 ? sentence(imageId) : sentence(imageId * 5 + 1)),
  other: (imageId) => (imageId % 2 === 0 ? sentence(imageId) : sentence(imageId + 2)),
}
const references = (imageId: number): string[] => [sentence(imageId), sentence(imageId + 11)]

const evaluations = new Map<string, Promise<Evaluation>>()

/** WordNet is read once for each model's captions. */
function evaluated(modelId: string): Promise<Evaluation> {
  const images = imageIds.map((id) => ({ id, candidate: says[modelId](id), references: references(id) }))
  const known = evaluations.get(modelId) ?? evaluate({ images, metrics: ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr'] })
  evaluations.set(modelId, known)
  return known
}

async function imported(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  const rows = imageIds.map((id) => importedImage(root, id, { split: 'dev', references: references(id).map((text) => ({ text, source: 'file' })) }))
  await importImages(workspace, rows)
  return workspace
}

/** Stores a model's captions and scores as the scoring job does, METEOR built in. */
async function scored(workspace: TestWorkspace, modelId: string, given: { withStatistics?: boolean; documentFrequencyId?: string } = {}): Promise<Evaluation> {
  const { service, reader } = workspace
  await service.applyBatch(1, {
    kind: 'captions',
    rows: imageIds.map((imageId) => ({
      imageId,
      modelId,
      beam: 1,
      candidates: [{ text: says[modelId](imageId), logProbability: -1, tokenLogProbabilities: null }],
    })),
  })
  const evaluation = await evaluated(modelId)
  const known = (values: Record<string, number>): Scores =>
    Object.fromEntries(Object.entries(values).filter(([name]) => metricNames.some((each) => each === name)))
  const documentFrequencyId =
    given.documentFrequencyId ?? reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? ''
  await service.applyBatch(1, {
    kind: 'scores',
    modelId,
    referenceSet: 'references',
    documentFrequencyId,
    rows: imageIds.map((imageId, position) => ({
      imageId,
      scores: known(evaluation.perImage.get(imageId) ?? {}),
      ...(given.withStatistics === false ? {} : { statistics: statisticsAt(evaluation, position) }),
    })),
  })
  await service.applyBatch(1, { kind: 'evaluation', modelId, set: 'dev', images: 30, scores: known(evaluation.corpus), beam: 1, documentFrequencyId })
  return evaluation
}

function statisticsAt({ statistics }: Evaluation, position: number): Partial<Record<MetricName, number[]>> {
  const wide = statistics.filter(({ width }) => width > 1)
  const named = wide.map(({ names, width, rows }): [string, number[]] => [String(names.at(-1)), [...rows.subarray(position * width, (position + 1) * width)]])
  return Object.fromEntries(named)
}

const meteor: MetricName = 'METEOR (WordNet 3.1, no paraphrases)'

describe('comparing two models', () => {
  test('corpus scores and intervals equal those of the whole evaluations, BLEU and METEOR included', async () => {
    const workspace = await imported()
    const before = await scored(workspace, 'base')
    const after = await scored(workspace, 'other')
    const { metrics } = await workspace.call('scores.differences', { beforeId: 'base', afterId: 'other', set: 'dev' })
    const expected = pairedBootstrap(before.statistics, after.statistics, { resamples: 1000, seed: 1 })
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(before.corpus).sort())
    for (const name of metricNames.filter((each) => metrics[each] !== undefined)) {
      const found = metrics[name]
      expect(found?.images).toBe(30)
      expect(found?.before).toBeCloseTo(before.corpus[name], 12)
      expect(found?.after).toBeCloseTo(after.corpus[name], 12)
      expect(found?.interval?.low).toBeCloseTo(expected[name].difference.low, 12)
      expect(found?.interval?.high).toBeCloseTo(expected[name].difference.high, 12)
    }
    // A corpus BLEU is not the mean of sentence BLEUs.
    const mean = [...before.perImage.values()].reduce((sum, scores) => sum + scores['Bleu_4'], 0) / 30
    expect(Math.abs((metrics.Bleu_4?.before ?? 0) - mean)).toBeGreaterThan(0.001)

    const comparison = await workspace.call('models.compare', { beforeId: 'base', afterId: 'other', metric: meteor, set: 'dev' })
    expect(comparison.before[meteor]).toBeCloseTo(before.corpus[meteor], 12)
    expect(comparison.intervals.Bleu_4?.low).toBeCloseTo(expected['Bleu_4'].difference.low, 12)
    expect(comparison).toMatchObject({ images: 30 })
    expect(comparison.better + comparison.worse + comparison.same).toBe(30)
    expect(comparison.rows[0].delta).toBeLessThan(0)
    expect(comparison.rows.map(({ delta }) => delta)).toEqual(comparison.rows.map(({ delta }) => delta).sort((a, b) => (a ?? 0) - (b ?? 0)))
  })

  test('only images that both were scored on count, and each metric says how many those are', async () => {
    const workspace = await imported()
    await scored(workspace, 'base')
    await scored(workspace, 'other')
    // Captioned again: its scores are gone.
    const candidates = [{ text: 'something new', logProbability: -1, tokenLogProbabilities: null }]
    await workspace.service.applyBatch(1, { kind: 'captions', rows: [4, 5].map((imageId) => ({ imageId, modelId: 'other', beam: 1, candidates })) })
    const { metrics } = await workspace.call('scores.differences', { beforeId: 'base', afterId: 'other', set: 'dev' })
    expect(metrics.CIDEr?.images).toBe(28)
    expect(metrics.Bleu_4?.images).toBe(28)
  })

  test('BLEU and METEOR without statistics, and scores of different tables, are not compared', async () => {
    const workspace = await imported()
    await scored(workspace, 'base')
    await scored(workspace, 'other', { withStatistics: false })
    const compare = async () => (await workspace.call('scores.differences', { beforeId: 'base', afterId: 'other', set: 'dev' })).metrics
    expect(Object.keys(await compare())).toEqual(['ROUGE_L', 'CIDEr'])
    const [foreign] = workspace.reader.prepare<[], string>("SELECT id FROM document_frequency WHERE tokenizer = 'simple'").pluck().all()
    await scored(workspace, 'other', { documentFrequencyId: foreign })
    expect(await compare()).toEqual({})
    const comparison = await workspace.call('models.compare', { beforeId: 'base', afterId: 'other', metric: 'CIDEr', set: 'dev' })
    expect(comparison).toMatchObject({ images: 0, before: {}, after: {}, intervals: {} })
  })

  test('a photo that is a held-out correction too counts once where both sets are looked at', async () => {
    const workspace = await imported()
    for (const modelId of ['base', 'other']) await scored(workspace, modelId)
    for (const imageId of imageIds.slice(0, 10)) {
      const decision = { kind: 'correct' as const, candidateId: null, text: 'A man sits.', errorTypes: [], rating: null }
      await workspace.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
    }
    expect(await workspace.call('snapshots.create', { name: 'Dev', heldOut: 0 })).toMatchObject({ heldOut: 10 })
    const asked = { beforeId: 'base', afterId: 'other', metric: 'CIDEr' as const, set: 'dev' as const }
    expect(await workspace.call('models.compare', asked)).toMatchObject({ images: 30, leftOut: 0 })
    const once = await workspace.call('models.compare', { ...asked, withoutHeldOut: true })
    expect(once).toMatchObject({ images: 20, leftOut: 10 })
    expect(once.rows.map(({ imageId }) => imageId).sort((a, b) => a - b)).toEqual(imageIds.slice(10))
    const mean = (side: 'beforeScore' | 'afterScore'): number => once.rows.reduce((sum, row) => sum + (row[side] ?? 0) / 20, 0)
    expect(once.before.CIDEr).toBeCloseTo(mean('beforeScore'), 9)
    expect(once.after.CIDEr).toBeCloseTo(mean('afterScore'), 9)
  })

  test('other requests are answered while it goes on', async () => {
    const workspace = await imported()
    await scored(workspace, 'base')
    await scored(workspace, 'other')
    // A clock on which every step fills its slice: how fast the machine is does not matter.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000))
    onTestFinished(() => clock.mockRestore())
    const order: string[] = []
    const comparing = workspace.call('scores.differences', { beforeId: 'base', afterId: 'other', set: 'dev' }).then(() => order.push('compared'))
    await new Promise((resolve) => setImmediate(resolve))
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
    order.push('saved')
    await comparing
    expect(order).toEqual(['saved', 'compared'])
  })

  test('a model that the workspace does not know is refused', async () => {
    const workspace = await imported()
    await expect(workspace.call('scores.differences', { beforeId: 'base', afterId: 'nobody', set: 'dev' })).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('corrections that are held out', () => {
  test('that read otherwise in a later snapshot lose their scores', async () => {
    const workspace = await imported()
    const { call, service, reader } = workspace
    const correct = (imageId: number, text: string, expectedRevision: number) =>
      call('review.decide', { imageId, slot: 0, expectedRevision, decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null } })
    await correct(1, 'a man by the sea', 0)
    await correct(2, 'two dogs at play', 0)
    await scored(workspace, 'base')
    await call('snapshots.create', { name: 'one', heldOut: 0.5 })
    const [documentFrequencyId] = reader.prepare<[], string>('SELECT id FROM document_frequency').pluck().all()
    const rows = [1, 2].map((imageId) => ({ imageId, scores: { CIDEr: 1 } }))
    await service.applyBatch(1, { kind: 'scores', modelId: 'base', referenceSet: 'corrections', documentFrequencyId, rows })
    await correct(1, 'a man by a lake', 1)
    await call('snapshots.create', { name: 'two', heldOut: 0.5 })
    expect(reader.prepare("SELECT image_id FROM score WHERE reference_set = 'corrections'").pluck().all()).toEqual([2])
  })
})
