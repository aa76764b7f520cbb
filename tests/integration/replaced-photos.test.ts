/** A photo replaced under its name, noticed by the jobs that read it: what is captioned and learned is what is meant. */
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { hashBytes } from '#engine/files/content-hash.ts'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import type { Job } from '#shared/jobs.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { drawPicture, drawPictures } from '../support/pictures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeTinyModel } from '../support/tiny-model.ts'

beforeAll(async () => {
  await ensureEncoders()
})

/** Puts other bytes in a file's place that say they are a day older. */
function replaceByOlder(path: string, bytes: Uint8Array): void {
  const { atime, mtime } = statSync(path)
  writeFileSync(path, bytes)
  utimesSync(path, atime, new Date(mtime.getTime() - 86_400_000))
}

test('captioning again and importing again notice another photo by its content, and a run on a snapshot does not learn from it', async () => {
  const home = temporaryFolder()
  const photos = join(home, 'photos')
  const modelRoot = join(home, 'models')
  for (const folder of [photos, modelRoot]) mkdirSync(folder)
  const paths = await drawPictures(photos, 8)
  const modelId = await writeTinyModel(modelRoot, defaultEncoderFolder, ['a big red dog in the snow', 'a cat sits'])
  const service = await openWorkspace({
    folder: join(home, 'workspace'),
    create: { name: 'Photos' },
    modelRoots: [modelRoot],
    author: () => 'Ada',
    onEvent: () => undefined,
  })
  const call = async <Name extends VerbName>(name: Name, input?: VerbInput<Name>): Promise<VerbResult<Name>> =>
    (await service.handle(name, input)) as VerbResult<typeof name>
  const run = async (): Promise<Job> => (await runNextJob(service, { modelRoots: [modelRoot], encoderRoots: [join(defaultEncoderFolder, '..')], threads: 1 }))!
  try {
    await call('imports.start', { kind: 'folder', folder: photos, split: 'none' })
    await run()
    await call('captioning.start', { modelId, scope: {}, beam: 1, again: false })
    await run()
    for (let imageId = 1; imageId <= 7; imageId++) {
      const {
        captions: [review],
        candidates,
      } = await call('images.get', { imageId })
      const decision = { kind: 'correct' as const, candidateId: candidates[0].id, text: `a big cat number ${imageId}`, errorTypes: [], rating: null }
      await call('review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
    }
    const snapshot = await call('snapshots.create', { name: 'frozen', heldOut: 0 })

    // Captioned again: the file is read, not what the cache remembers of it.
    const first = readFileSync(paths[0])
    const other = await drawPicture(91, 200, 300)
    replaceByOlder(paths[0], other)
    await call('captioning.start', { modelId, scope: {}, beam: 1, again: true })
    expect(await run()).toMatchObject({ state: 'done', failures: 0, result: { captioned: 8 } })
    const changed = await call('images.get', { imageId: 1 })
    expect(changed).toMatchObject({ width: 200, height: 300, captions: [{ state: 'pending' }], earlier: { state: 'corrected', texts: ['a big cat number 1'] } })
    expect(changed.candidates).toHaveLength(1)
    expect(await call('images.get', { imageId: 2 })).toMatchObject({ earlier: null, captions: [{ state: 'corrected' }] })

    // Imported again.
    replaceByOlder(paths[1], await drawPicture(92, 240, 240))
    await call('imports.start', { kind: 'folder', folder: photos, split: 'none' })
    expect((await run()).result).toMatchObject({ updated: 8, changed: 1 })
    expect(await call('library.ids', { filter: { changed: true }, sort: {} })).toEqual([1, 2])

    // A run over the snapshot learns from what was frozen: by its kept features.
    const recipe = { parts: 'biases', epochs: 1, heldOut: 0, replaySource: 'stored' } as const
    await call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'Cats', recipe })
    expect(await run()).toMatchObject({ state: 'done', failures: 0, result: { corrections: 7 } })

    // The earlier file back in its place: what stood stands again. Its features were never forgotten.
    replaceByOlder(paths[0], first)
    await call('captioning.start', { modelId, scope: {}, beam: 1, again: true })
    await run()
    expect(await call('images.get', { imageId: 1 })).toMatchObject({ captions: [{ state: 'corrected', text: 'a big cat number 1' }], earlier: null })

    // A photo that is gone is captioned by what is known of it; nothing says that it is another.
    writeFileSync(paths[7], '')
    await call('captioning.start', { modelId, scope: { imageIds: [8] }, beam: 1, again: true })
    expect(await run()).toMatchObject({ failures: 1 })
    expect(await call('images.get', { imageId: 8 })).toMatchObject({ earlier: null })
    expect(hashBytes(other)).not.toBe(hashBytes(first))
  } finally {
    service.close()
  }
})
