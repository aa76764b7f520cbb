import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPhotoSearch } from '#engine/search/photo-search.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { hashFile } from '#engine/files/content-hash.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { verifyEncoder } from '#engine/vision/encoders/encoder-summary.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { drawPictures } from '../../../support/pictures.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { bytesOf, pooledOnlyModel } from '../../../support/small-onnx.ts'
import { writeTinyClip } from '../../../support/tiny-clip.ts'
import { importedImage, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

const clip = join(sharedData ?? '', 'clip/vit-tiny')

/** A workspace of four drawn photos, the last a copy of the first under another name, and a file that is no photo. */
async function photos(): Promise<{ workspace: TestWorkspace; encoderRoots: string[] }> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  mkdirSync(root, { recursive: true })
  const drawn = await drawPictures(root, 3)
  const copy = join(root, 'copy.jpg')
  // A trailing byte makes it another file of the same picture.
  writeFileSync(copy, Buffer.concat([readFileSync(drawn[0]), Buffer.of(0)]))
  const broken = join(root, 'broken.jpg')
  writeFileSync(broken, 'no photo')
  const rows = await Promise.all(
    [...drawn, copy, broken].map(async (path, index) => importedImage(root, index + 1, { fileName: basename(path), contentHash: await hashFile(path) })),
  )
  workspace.service.jobs.enqueue('Import', { kind: 'import', source: { kind: 'folder', folder: root, split: 'none' } })
  const jobId = workspace.service.jobs.claimNext(['import'])?.job.id ?? 0
  await workspace.service.applyBatch(jobId, { kind: 'import-rows', rows })
  await workspace.service.applyBatch(jobId, { kind: 'import-commit', imageRoot: root })
  workspace.service.jobs.update(jobId, { state: 'done' })
  return { workspace, encoderRoots: [join(workspace.folder, 'encoders')] }
}

async function embed({ service, call }: TestWorkspace, encoderRoots: string[], encoderId: string): Promise<void> {
  const { id } = await call('embeddings.start', { encoderId })
  await runNextJob(service, { jobId: id, modelRoots: [], encoderRoots, threads: 1 })
}

describe('search over a workspace', () => {
  test('finds the photos most like one, and the near duplicates, among those that have an embedding', async () => {
    const { workspace, encoderRoots } = await photos()
    const onnx = join(workspace.folder, 'small.onnx')
    writeFileSync(onnx, bytesOf(pooledOnlyModel()))
    await addEncoder({ path: onnx, root: encoderRoots[0], normalisation: parseNormalisation('half') })
    const search = createPhotoSearch()
    const place = { workspaceFolder: workspace.folder, encoderRoots, encoderId: 'small' }

    await expect(search.answer(place, { kind: 'similar', imageId: 1 }, 10)).rejects.toMatchObject({
      code: 'unavailable',
      todo: 'Compute the embeddings first.',
    })
    await embed(workspace, encoderRoots, 'small')
    expect(workspace.service.jobs.failures(2, 10).map(({ subject }) => basename(subject))).toEqual(['broken.jpg'])

    const like = await search.answer(place, { kind: 'similar', imageId: 1 }, 3)
    expect(like).toMatchObject({ embedded: 4, total: 5 })
    expect(
      like.images
        .map(({ imageId }) => imageId)
        .slice(0, 2)
        .sort(),
    ).toEqual([1, 4])
    expect(like.images[0].similarity).toBeCloseTo(1, 5)
    expect(like.images).toHaveLength(3)

    const duplicates = await search.answer(place, { kind: 'duplicates', similarity: 0.99999 }, 10)
    expect(duplicates.groups).toBe(1)
    expect(duplicates.images.map(({ imageId }) => imageId).sort()).toEqual([1, 4])
    await expect(search.answer(place, { kind: 'similar', imageId: 5 }, 10)).rejects.toThrow('no embedding')
    await expect(search.answer(place, { kind: 'text', text: 'a circle' }, 10)).rejects.toThrow('has no text tower')
    await search.close()
  })

  test.skipIf(sharedData === undefined)('finds photos by text and parts them by labels with a CLIP', async () => {
    const { workspace, encoderRoots } = await photos()
    const source = join(workspace.folder, 'clip')
    writeTinyClip(clip, source)
    await addEncoder({ path: source, root: encoderRoots[0] })
    await embed(workspace, encoderRoots, 'clip')
    const search = createPhotoSearch()
    const place = { workspaceFolder: workspace.folder, encoderRoots, encoderId: 'clip' }
    const { images } = await search.answer(place, { kind: 'text', text: 'a circle' }, 10)
    expect(images.map(({ imageId }) => imageId).sort()).toEqual([1, 2, 3, 4])
    expect(images[0].similarity).toBeGreaterThanOrEqual(images[3].similarity)
    const words = ['cat', 'dog']
    const all = await search.answer(place, { kind: 'label', words, label: null }, 10)
    expect(all.labels.reduce((sum, label) => sum + label.images, 0)).toBe(4)
    for (const { word, images: count } of all.labels) {
      const found = await search.answer(place, { kind: 'label', words, label: word }, 10)
      expect(found.images).toHaveLength(count)
      for (const { similarity } of found.images) expect(similarity).toBeGreaterThanOrEqual(0.5)
    }
    await search.close()
  })

  test('a package whose file was changed fails its check', async () => {
    const { workspace, encoderRoots } = await photos()
    const onnx = join(workspace.folder, 'small.onnx')
    writeFileSync(onnx, bytesOf(pooledOnlyModel()))
    await addEncoder({ path: onnx, root: encoderRoots[0], normalisation: parseNormalisation('half') })
    const folder = await findEncoder(encoderRoots, 'small')
    expect(await verifyEncoder(folder)).toMatchObject({ encoderId: 'small', provider: 'cpu' })
    const weights = join(folder, 'encoder.onnx')
    writeFileSync(weights, Buffer.concat([readFileSync(weights), Buffer.of(0)]))
    await expect(verifyEncoder(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })
})
