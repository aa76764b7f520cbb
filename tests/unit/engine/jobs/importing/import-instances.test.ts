import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { Job } from '#shared/jobs.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const next = async ({ service }: TestWorkspace): Promise<Job> => (await runNextJob(service, { modelRoots: [], encoderRoots: [] }))!

const categories = [
  { id: 1, name: 'person' },
  { id: 18, name: 'dog' },
]

/** Two photos of one name in two folders, one of them turned by EXIF and stored at half the size that the file says, and one without objects. */
async function photos(): Promise<{ workspace: TestWorkspace; file: string }> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, '..', 'photos')
  for (const folder of ['a', 'b']) mkdirSync(join(root, folder), { recursive: true })
  const plain = sharp({ create: { width: 40, height: 20, channels: 3, background: 'teal' } })
  await plain
    .clone()
    .jpeg()
    .toFile(join(root, 'a', '1.jpg'))
  await plain
    .clone()
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toFile(join(root, 'b', '1.jpg'))
  await plain.clone().png().toFile(join(root, 'c.png'))
  await workspace.call('imports.start', { kind: 'folder', folder: root, split: 'dev' })
  await next(workspace)
  const file = join(workspace.folder, '..', 'instances_val.json')
  const image = (id: number, name: string, scale = 1): object => ({ id, file_name: name, width: 40 * scale, height: 20 * scale })
  writeFileSync(
    file,
    JSON.stringify({
      images: [image(1, 'a/1.jpg'), image(2, 'b\\1.jpg', 2), image(3, 'c.png'), image(4, 'nobody.jpg')],
      annotations: [
        { image_id: 1, category_id: 18, bbox: [10, 5, 20, 10], iscrowd: 0 },
        { image_id: 2, category_id: 1, bbox: [0, 0, 40, 40], iscrowd: 1 },
        { image_id: 4, category_id: 1, bbox: [0, 0, 1, 1] },
      ],
      categories,
    }),
  )
  return { workspace, file }
}

test('objects come as boxes of the upright photos, by path, whatever size the file says; again changes nothing', async () => {
  const { workspace, file } = await photos()
  expect(await workspace.call('imports.preview', { kind: 'instances', file })).toMatchObject({ photos: 3, boxes: 2, leftOut: 1 })
  for (let time = 0; time < 2; time += 1) {
    await workspace.call('imports.start', { kind: 'instances', file })
    expect((await next(workspace)).message).toBe('Imported 2 objects of 3 images; 1 left out')
    const boxes = async (imageId: number): Promise<unknown> =>
      (await workspace.call('regions.list', { imageId })).map(({ label, left, top, width, height, source }) => [label, left, top, width, height, source])
    expect(await boxes(1)).toEqual([['dog', 0.25, 0.25, 0.5, 0.5, 'instances_val.json']])
    // The left half of the stored photo is the upper half of the one that EXIF turns.
    expect(await boxes(2)).toEqual([['person', 0, 0, 1, 0.5, 'instances_val.json']])
    expect(await boxes(3)).toEqual([])
  }
})

test('boxes that somebody changed since stay', async () => {
  const { workspace, file } = await photos()
  await workspace.call('imports.start', { kind: 'instances', file })
  await next(workspace)
  const [{ id }] = await workspace.call('regions.list', { imageId: 1 })
  await workspace.call('regions.change', { regionId: id, label: 'puppy' })
  await workspace.call('imports.start', { kind: 'instances', file })
  await next(workspace)
  expect(await workspace.call('regions.list', { imageId: 1 })).toMatchObject([{ id, label: 'puppy' }])
})

test('CHAIR and the failures know what is in a photo though no reference names it', async () => {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  const references = [{ text: 'something in the grass', source: 's' }]
  await importImages(
    workspace,
    [1, 2].map((number) => importedImage(root, number, { split: 'dev', references })),
  )
  const rows = [1, 2].map((imageId) => ({ family: 'OFA', imageId, candidates: [{ text: 'a dog in the grass', logProbability: null }] }))
  await workspace.service.applyBatch(1, { kind: 'external-rows', rows })
  await workspace.service.applyBatch(1, { kind: 'external-models', models: [{ family: 'OFA', note: '', licence: '', file: 'o', contentHash: 'x' }] })
  const modelId = (await workspace.call('models.list')).find(({ name }) => name === 'OFA')!.id
  const invented = async (): Promise<unknown> => {
    await workspace.call('scores.start', { modelId, set: 'dev', beam: 1 })
    await next(workspace)
    const summary = await workspace.call('failures.summary', { modelId, set: 'dev' })
    return [summary?.kinds['invented-object'], summary?.chair.basis]
  }
  expect(await invented()).toEqual([2, 'reference-based'])
  const box = { label: 'dog', left: 0, top: 0, width: 1, height: 1 }
  await workspace.service.applyBatch(1, {
    kind: 'instances',
    file: 'instances.json',
    rows: [
      { imageId: 1, boxes: [box] },
      { imageId: 2, boxes: [] },
    ],
  })
  expect(await invented()).toEqual([1, 'instances and references'])
})
