/** Photos with several captions by people out in every format and in again: how many, in which order, by whom and in which state. */
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { hashBytes } from '#engine/files/content-hash.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { Decision, VerbInput } from '#shared/api.ts'
import { exportDetails, exportFormats, exportFormatTitles, type ExportFormat, type ExportText } from '#shared/exchange.ts'
import type { Job } from '#shared/jobs.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

const images = [1, 2, 3, 4]

async function run({ service }: TestWorkspace): Promise<Job> {
  const job = await runNextJob(service, { modelRoots: [], encoderRoots: [] })
  expect(job?.error ?? null).toBeNull()
  return job!
}

/** Photos that nobody captioned yet, each with two candidates; the project asks for three captions. */
async function empty(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const folder = join(workspace.folder, 'photos')
  const photos = await Promise.all(
    images.map((number) =>
      sharp({ create: { width: 8, height: 6, channels: 3, background: { r: number, g: 0, b: 0 } } })
        .jpeg()
        .toBuffer(),
    ),
  )
  await importImages(
    workspace,
    images.map((number, index) => importedImage(folder, number, { contentHash: hashBytes(photos[index]) })),
  )
  for (const [index, number] of images.entries()) writeFileSync(join(folder, `image${number}.jpg`), photos[index])
  await captionImages(workspace, images)
  await workspace.call('project.set', { captionsWanted: 3 })
  return workspace
}

/** Of photo 1 a candidate that Ada accepted between corrections of others, two of them in the same words; of 2 a rejected, a written and a begun one; of 3 one alone. */
async function captioned(): Promise<TestWorkspace> {
  const workspace = await empty()
  const { call } = workspace
  const decide = async (imageId: number, slot: number, decision: Decision): Promise<void> => {
    const { captions } = await call('images.get', { imageId })
    await call('review.decide', { imageId, slot, expectedRevision: captions[slot].revision, decision })
  }
  const [candidate] = (await call('images.get', { imageId: 1 })).candidates
  await decide(1, 1, { kind: 'accept', candidateId: candidate.id, rating: 3 })
  await decide(2, 0, { kind: 'reject', errorTypes: ['object'], rating: null })
  await bring(workspace, people(), { as: 'corrections' })
  await call('review.saveDraft', { imageId: 2, slot: 2, expectedRevision: 0, candidateId: null, text: 'a half' })
  return workspace
}

function people(): string {
  const file = join(temporaryFolder(), 'people.jsonl')
  const rows = [
    {
      file_name: 'image1.jpg',
      text: 'a heron',
      author: 'Bea',
      rating: 4,
      error_types: ['object', 'count'],
      before: 'base says 1 badly',
      time: '2026-01-02T03:04:05.000Z',
    },
    { file_name: 'image1.jpg', text: 'a heron', author: 'Cy', time: '2026-01-02T03:04:06.000Z' },
    { file_name: 'image2.jpg', text: '=two boats, "here"', author: 'Cy', time: '2026-01-02T03:04:07.000Z' },
    { file_name: 'image3.jpg', text: 'ein Reiher', author: 'Bea', time: '2026-01-02T03:04:08.000Z' },
  ]
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return file
}

async function bring(workspace: TestWorkspace, file: string, given: Partial<VerbInput<'imports.start'>> & { as: 'corrections' | 'drafts' }): Promise<Job> {
  await workspace.call('imports.start', { kind: 'texts', file, ...given } as VerbInput<'imports.start'>)
  return run(workspace)
}

async function write(workspace: TestWorkspace, format: ExportFormat, what: ExportText, snapshotId: number | null = null): Promise<string> {
  const file = join(temporaryFolder(), `out${exportFormatTitles[format].ending}`)
  const details = exportDetails.filter((detail) => exportFormatTitles[format].details.includes(detail))
  await workspace.call('exports.start', { what, modelId: null, set: 'all', format, details, file, snapshotId })
  await run(workspace)
  if (format === 'sidecar') {
    // Texts beside photos are read where the photos are.
    for (const name of readdirSync(join(workspace.folder, 'photos'))) copyFileSync(join(workspace.folder, 'photos', name), join(file, name))
  }
  return file
}

/** What people wrote of each photo, in the order of its captions. */
async function written({ call }: TestWorkspace, state: (state: string) => boolean): Promise<unknown[]> {
  const photos = await Promise.all(images.map((imageId) => call('images.get', { imageId })))
  return photos.map(({ captions, corrections }) =>
    captions
      .filter((caption) => state(caption.state))
      .map(({ slot, text, author, state: standing, rating, errorTypes, candidateId }) => ({
        text,
        author,
        state: standing,
        rating,
        errorTypes,
        candidate: candidateId !== null,
        before: corrections.find((correction) => correction.slot === slot)?.replaces ?? null,
      })),
  )
}

const wanted: Record<'reviewed' | 'corrections', (state: string) => boolean> = {
  reviewed: (state) => state === 'accepted' || state === 'corrected',
  corrections: (state) => state === 'corrected',
}

describe.each(['reviewed', 'corrections'] as const)('%s of photos with several captions are the same after an export and an import', (what) => {
  test.each(exportFormats)('%s', async (format) => {
    const workspace = await captioned()
    const there = await written(workspace, wanted[what])
    expect(there.map((captions) => (captions as unknown[]).length)).toEqual(what === 'reviewed' ? [3, 1, 1, 0] : [2, 1, 1, 0])
    const again = await empty()
    const job = await bring(again, await write(workspace, format, what), { as: 'corrections', ...(format === 'sidecar' ? { captionIs: 'line' as const } : {}) })
    expect(await again.call('jobs.failures', { jobId: job.id })).toEqual([])
    const back = await written(again, wanted[what])
    if (format === 'sidecar') {
      // Lines of text say nothing but the text.
      const texts = (photos: unknown[]) => (photos as { text: string }[][]).map((captions) => captions.map(({ text }) => text))
      expect(texts(back)).toEqual(texts(there))
    } else expect(back).toEqual(there)
  })
})

test('a snapshot’s captions leave with the author and state of each', async () => {
  const workspace = await captioned()
  const snapshot = await workspace.call('snapshots.create', { name: 'First', heldOut: 0 })
  const again = await empty()
  await bring(again, await write(workspace, 'json-lines', 'reviewed', snapshot.id), { as: 'corrections' })
  expect(await written(again, wanted.reviewed)).toEqual(await written(workspace, wanted.reviewed))
})

test('a file that is brought twice changes nothing the second time', async () => {
  const workspace = await captioned()
  const again = await empty()
  const file = await write(workspace, 'json-lines', 'reviewed')
  await bring(again, file, { as: 'corrections' })
  const once = await written(again, () => true)
  const job = await bring(again, file, { as: 'corrections' })
  expect(job.message).toMatch(/^Imported 0 corrections/)
  expect(await written(again, () => true)).toEqual(once)
})
