import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { Job } from '#shared/jobs.ts'
import type { TextRole } from '#shared/exchange.ts'
import { captionImages, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

async function captioned(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await importImages(workspace, 4)
  await captionImages(workspace, [1, 2, 3, 4])
  return workspace
}

async function bring(workspace: TestWorkspace, as: TextRole, content: string, signal?: AbortSignal): Promise<Job> {
  const file = join(workspace.folder, '..', 'people.jsonl')
  writeFileSync(file, content)
  await workspace.call('imports.start', { kind: 'texts', as, file })
  return (await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [], ...(signal ? { signal } : {}) }))!
}

const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const told = async ({ call }: TestWorkspace, { id }: Job): Promise<string[]> => (await call('jobs.failures', { jobId: id })).map(({ reason }) => reason)

test('corrections come with author, time, rating, error types and the candidate they replace; the same file again changes nothing', async () => {
  const workspace = await captioned()
  const content = lines(
    {
      file_name: 'image1.jpg',
      text: 'a  heron ',
      author: 'Grace',
      time: '2026-01-02T03:04:05.000Z',
      rating: 4,
      error_types: ['object'],
      before: 'base says 1 well',
    },
    { file_name: 'image2.jpg', text: 'a boat' },
    { file_name: 'image2.jpg', text: 'a second' },
    { file_name: 'nobody.jpg', text: 'nothing' },
  )
  const job = await bring(workspace, 'corrections', content)
  expect(job.message).toBe('Imported 2 corrections of 2 images; 2 left out')
  expect(await told(workspace, job)).toEqual(['No image is called “nobody.jpg”.', 'The file has an earlier text of this photo.'])
  const {
    captions: [review],
    corrections,
    candidates,
  } = await workspace.call('images.get', { imageId: 1 })
  expect(review).toMatchObject({ state: 'corrected', text: 'a heron', rating: 4, errorTypes: ['object'], candidateId: candidates[0].id })
  expect(corrections).toMatchObject([{ author: 'Grace', createdAt: '2026-01-02T03:04:05.000Z', replaces: 'base says 1 well', text: 'a heron' }])
  expect((await workspace.call('images.get', { imageId: 2 })).corrections).toMatchObject([{ author: 'Ada', replaces: '', candidateId: null }])

  const again = await bring(workspace, 'corrections', content)
  expect(again.message).toBe('Imported 0 corrections of 0 images; 4 left out')
  expect((await workspace.call('images.get', { imageId: 1 })).corrections).toHaveLength(1)
})

test('what somebody here decided or is writing stays, and is told; one undo takes the import back', async () => {
  const workspace = await captioned()
  const [, second] = (await workspace.call('images.get', { imageId: 1 })).candidates
  await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: second.id, rating: null } })
  await workspace.call('review.saveDraft', { imageId: 2, slot: 0, expectedRevision: 0, candidateId: null, text: 'half a' })
  const job = await bring(workspace, 'corrections', lines(...[1, 2, 3].map((number) => ({ image: `image${number}.jpg`, caption: `theirs ${number}` }))))
  expect(await told(workspace, job)).toEqual([
    'The photo stays as it is: a candidate was accepted.',
    'The photo stays as it is: somebody is writing its caption.',
  ])
  const states = async (): Promise<unknown> => workspace.call('review.countStates', { imageIds: [1, 2, 3, 4] })
  expect(await states()).toMatchObject({ accepted: 1, draft: 1, corrected: 1, pending: 1 })
  expect(await workspace.call('review.undo')).toMatchObject({ description: 'Import corrections of 1 photo from people.jsonl', imageIds: [3] })
  expect(await states()).toMatchObject({ accepted: 1, draft: 1, corrected: 0, pending: 2 })
})

test('drafts wait for a decision, references are counted and scored by', async () => {
  const workspace = await captioned()
  await bring(workspace, 'drafts', lines({ image: 'image1.jpg', caption: 'perhaps a heron' }))
  expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'draft', text: 'perhaps a heron' })
  const rows = [1, 2].map((number) => ({ image: `image${number}.jpg`, caption: [`one of ${number}`, `two of ${number}`] }))
  await bring(workspace, 'references', lines(...rows))
  expect((await workspace.call('library.facets')).withReferences).toBe(2)
  expect((await workspace.call('images.get', { imageId: 2 })).references).toMatchObject([
    { text: 'one of 2', source: 'people.jsonl' },
    { text: 'two of 2', source: 'people.jsonl' },
  ])
  expect((await workspace.call('scores.live', { imageId: 2, text: 'one of 2' }))?.Bleu_1).toBeCloseTo(1)
})

test('a preview tells the same and writes nothing; nor does a cancelled import', async () => {
  const workspace = await captioned()
  const content = lines({ image: 'image1.jpg', caption: 'a heron' }, { image: 'no.jpg', caption: 'x' })
  await expect(bring(workspace, 'corrections', content, AbortSignal.abort('cancel'))).rejects.toMatchObject({ code: 'cancelled' })
  const file = join(workspace.folder, '..', 'people.jsonl')
  const preview = await workspace.call('imports.preview', { kind: 'texts', as: 'corrections', file })
  expect(preview).toMatchObject({ format: 'JSON Lines with named keys', photos: 1, captions: 1, leftOut: 1 })
  expect(await workspace.call('review.countStates', { imageIds: [1, 2, 3, 4] })).toMatchObject({ pending: 4 })
})

test('captions that a data set marks are left out, counted and named, unless asked for', async () => {
  const workspace = await captioned()
  const file = join(workspace.folder, '..', 'vizwiz.json')
  const images = [1, 2].map((id) => ({ id, file_name: `image${id}.jpg` }))
  const annotations = [
    { image_id: 1, caption: 'a can of soup' },
    { image_id: 1, caption: 'quality issues', is_rejected: true, is_precanned: true },
    { image_id: 2, caption: 'quality issues', is_precanned: true },
  ]
  writeFileSync(file, JSON.stringify({ images, annotations }))
  const as = 'references'
  const preview = await workspace.call('imports.preview', { kind: 'texts', as, file })
  expect(preview).toMatchObject({ captions: 1, leftOut: 2, marked: { rejected: 1, precanned: 2 } })
  expect(preview.reasons[0]).toEqual({ subject: 'vizwiz.json, annotations.1', reason: 'The caption is marked as rejected and precanned.' })
  expect(await workspace.call('imports.preview', { kind: 'texts', as, file, marked: true })).toMatchObject({ captions: 3, leftOut: 0 })
  const asPhotos = { kind: 'captions', file, imageRoot: join(workspace.folder, 'photos') } as const
  expect(await workspace.call('imports.preview', asPhotos)).toMatchObject({ photos: 2, fresh: 0, captions: 1, marked: { rejected: 1, precanned: 2 } })
})
