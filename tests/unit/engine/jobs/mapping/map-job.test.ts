/** Maps of a scored set, from the job that computes them to the verbs that show them, on a real database. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { hashFile } from '#engine/files/content-hash.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import type { MapBasis, MapStanding, SetMap } from '#shared/slices/maps.ts'
import { drawPictures } from '../../../../support/pictures.ts'
import { sharedData } from '../../../../support/shared-data.ts'
import { bytesOf, pooledOnlyModel } from '../../../../support/small-onnx.ts'
import { writeTinyClip } from '../../../../support/tiny-clip.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const said = ['a red dog runs on the grass', 'two people ride a bus in town']
const meant = ['a brown dog runs on grass', 'a cat sleeps on a chair']
const place = { modelId: 'base', set: 'all', basis: 'captions', encoderId: null } as const
const look = { ...place, otherId: null, metric: 'CIDEr' } as const

/** Captions of two sorts, even images of the one and odd of the other, scored and measured. */
async function scored(workspace: TestWorkspace, count: number): Promise<void> {
  const { service, reader } = workspace
  const ids = Array.from({ length: count }, (_, at) => at + 1)
  await service.applyBatch(1, {
    kind: 'captions',
    rows: ids.map((imageId) => ({
      imageId,
      modelId: 'base',
      beam: 1,
      candidates: [{ text: said[imageId % 2], logProbability: -imageId, tokenLogProbabilities: null }],
    })),
  })
  await score(workspace, ids, reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? '')
}

async function score({ service }: TestWorkspace, ids: readonly number[], documentFrequencyId: string): Promise<void> {
  const none = { brevity: null, rareMissed: null, agreement: null, said: [], missed: [], objects: [] }
  await service.applyBatch(1, {
    kind: 'scores',
    modelId: 'base',
    referenceSet: 'references',
    documentFrequencyId,
    rows: ids.map((imageId) => ({
      imageId,
      scores: { CIDEr: imageId % 2 === 0 ? 1.5 : 0.2 },
      failures: imageId % 2 === 0 ? [] : ['invented-object'],
      measures: { ...none, words: 7, held: [`w${imageId % 2}`] },
    })),
  })
}

async function withCaptions(count = 40): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  const rows = Array.from({ length: count }, (_, at) =>
    importedImage(root, at + 1, {
      references: [{ text: meant[(at + 1) % 2], source: 'file' }],
      ...(at % 3 === 0 ? { tags: ['outside'] } : {}),
    }),
  )
  await importImages(workspace, rows)
  await scored(workspace, count)
  return workspace
}

const roots = { modelRoots: [], encoderRoots: [] }
async function compute(
  workspace: TestWorkspace,
  basis: MapBasis,
  encoderRoots: string[] = [],
  encoderId: string | null = null,
): Promise<(SetMap & MapStanding) | null> {
  const { id } = await workspace.call('maps.start', { ...place, basis, encoderId })
  await runNextJob(workspace.service, { ...roots, encoderRoots, jobId: id, threads: 1 })
  const [map, standing] = await Promise.all([
    workspace.call('maps.open', { ...place, basis, encoderId }),
    workspace.call('maps.standing', { ...place, basis, encoderId }),
  ])
  return map === null || standing === null ? null : { ...map, ...standing }
}

/** Are odd and even images on different sides of the map? */
function parted({ images, points }: SetMap): boolean {
  const middle = (rest: number): [number, number] => {
    const places = [...images.keys()].filter((at) => images[at] % 2 === rest)
    return [0, 1].map((axis) => places.reduce((sum, at) => sum + points[2 * at + axis] / places.length, 0)) as [number, number]
  }
  const middles = [middle(0), middle(1)]
  return [...images.keys()].every((at) => {
    const [own, other] = [images[at] % 2, 1 - (images[at] % 2)].map((rest) =>
      Math.hypot(points[2 * at] - middles[rest][0], points[2 * at + 1] - middles[rest][1]),
    )
    return own < other
  })
}

test('captions that say the same lie together; the map is kept, and computed again it is the same', async () => {
  const workspace = await withCaptions()
  expect(await workspace.call('maps.open', place)).toBeNull()
  const map = (await compute(workspace, 'captions'))!
  expect(map).toMatchObject({ current: true, lacking: 0 })
  expect([...map.images]).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
  expect(parted(map)).toBe(true)
  for (const [at, neighbour] of map.neighbours.entries()) expect(map.images[neighbour] % 2).toBe(map.images[Math.floor(at / map.perPoint)] % 2)
  const again = (await compute(workspace, 'captions'))!
  expect(again.points).toEqual(map.points)
})

test('differences are mapped by what captions say less their references', async () => {
  const workspace = await withCaptions()
  const map = (await compute(workspace, 'differences'))!
  expect(map.images).toHaveLength(40)
  expect(parted(map)).toBe(true)
})

test('filters leave points, and points are coloured by measures, kinds of failure and tags', async () => {
  const workspace = await withCaptions()
  await compute(workspace, 'captions')
  const left = await workspace.call('maps.left', { ...look, filters: [{ by: 'kind', side: 'model', kind: 'invented-object' }] })
  expect([...left]).toEqual(Array.from({ length: 40 }, (_, at) => (at + 1) % 2))
  const scores = await workspace.call('maps.colours', { ...look, colour: { by: 'measure', side: 'model', measure: 'score' } })
  expect(scores.kind === 'numbers' && [...scores.values.subarray(0, 2)].map((value) => Number(value.toFixed(3)))).toEqual([0.2, 1.5])
  const kinds = await workspace.call('maps.colours', { ...look, colour: { by: 'kind' } })
  expect(kinds).toMatchObject({ kind: 'names', names: ['invented-object'] })
  expect(kinds.kind === 'names' && [...kinds.of.subarray(0, 2)]).toEqual([0, 255])
  const tags = await workspace.call('maps.colours', { ...look, colour: { by: 'tag' } })
  expect(tags.kind === 'names' && [tags.names, [...tags.of.subarray(0, 4)]]).toEqual([['outside'], [0, 255, 255, 0]])
  const other = await workspace.call('maps.colours', { ...look, colour: { by: 'difference' } })
  expect(other.kind === 'numbers' && other.values.every(Number.isNaN)).toBe(true)
})

test('what is taken on a map becomes a list, which filters every look', async () => {
  const workspace = await withCaptions()
  const map = (await compute(workspace, 'captions'))!
  const list = await workspace.call('lists.add', { list: { name: 'Lasso' }, imageIds: [...map.images].slice(0, 7) })
  const found = await workspace.call('failures.look', { ...look, filters: [{ by: 'list', listId: list.id, name: list.name }] })
  expect([found.selected, found.images]).toEqual([7, 40])
})

test('a map that is cancelled is not stored, and says so; the one before is kept', async () => {
  const workspace = await withCaptions()
  const { id } = await workspace.call('maps.start', place)
  await expect(runNextJob(workspace.service, { ...roots, jobId: id, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(workspace.service.jobs.get(id)).toMatchObject({ state: 'cancelled', message: expect.stringContaining('No map was stored') as string })
  expect(await workspace.call('maps.open', place)).toBeNull()
  await compute(workspace, 'captions')
  const before = await workspace.call('maps.open', place)
  expect(before).not.toBeNull()
  const again = await workspace.call('maps.start', place)
  await expect(runNextJob(workspace.service, { ...roots, jobId: again.id, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(await workspace.call('maps.open', place)).toEqual(before)
})

test('new captions and other references make a map one of what was; computed again it is of what is', async () => {
  const workspace = await withCaptions()
  await compute(workspace, 'captions')
  await compute(workspace, 'differences')
  await scored(workspace, 40)
  expect((await workspace.call('maps.standing', place))?.current).toBe(false)
  expect((await workspace.call('maps.standing', { ...place, basis: 'differences' }))?.current).toBe(false)
  expect((await compute(workspace, 'captions'))?.current).toBe(true)
})

test('a set that is not scored says what to do, and a map of photos asks for an encoder', async () => {
  const workspace = await withCaptions(2)
  await expect(workspace.call('maps.start', { ...place, basis: 'photos' })).rejects.toMatchObject({ todo: 'Choose an encoder.' })
  await expect(compute(workspace, 'captions').then(() => workspace.call('maps.start', { ...place, set: 'dev' }))).resolves.toBeDefined()
  await expect(runNextJob(workspace.service, roots)).rejects.toMatchObject({ code: 'unavailable', todo: 'Score the set, then map it.' })
})

test('photos are embedded where they are not yet; one that cannot be read is left out and told', async () => {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  mkdirSync(root, { recursive: true })
  const drawn = await drawPictures(root, 3)
  const broken = join(root, 'broken.jpg')
  writeFileSync(broken, 'no photo')
  const rows = await Promise.all(
    [...drawn, broken].map(async (path, index) =>
      importedImage(root, index + 1, { fileName: basename(path), contentHash: await hashFile(path), references: [{ text: 'a shape', source: 'file' }] }),
    ),
  )
  workspace.service.jobs.enqueue('Import', { kind: 'import', source: { kind: 'folder', folder: root, split: 'none' } })
  const jobId = workspace.service.jobs.claimNext(['import'])?.job.id ?? 0
  await workspace.service.applyBatch(jobId, { kind: 'import-rows', rows })
  await workspace.service.applyBatch(jobId, { kind: 'import-commit', imageRoot: root })
  workspace.service.jobs.update(jobId, { state: 'done' })
  await scored(workspace, 4)
  const encoders = join(workspace.folder, 'encoders')
  const onnx = join(workspace.folder, 'small.onnx')
  writeFileSync(onnx, bytesOf(pooledOnlyModel()))
  await addEncoder({ path: onnx, root: encoders, normalisation: parseNormalisation('half') })
  const map = (await compute(workspace, 'photos', [encoders], 'small'))!
  expect([...map.images]).toEqual([1, 2, 3])
  expect(map).toMatchObject({ lacking: 1, current: true })
  await expect(compute(workspace, 'captions', [encoders], 'small')).rejects.toThrow('has no text tower')
})

test.skipIf(sharedData === undefined)('captions and differences are read by the text tower of an encoder that has one', async () => {
  const workspace = await withCaptions(12)
  const encoders = join(workspace.folder, 'encoders')
  const source = join(workspace.folder, 'clip')
  writeTinyClip(join(sharedData ?? '', 'clip/vit-tiny'), source)
  await addEncoder({ path: source, root: encoders })
  const map = (await compute(workspace, 'captions', [encoders], 'clip'))!
  expect(map).toMatchObject({ current: true, lacking: 0 })
  for (const [at, neighbour] of map.neighbours.entries()) {
    if (at % map.perPoint < 5) expect(map.images[neighbour] % 2).toBe(map.images[Math.floor(at / map.perPoint)] % 2)
  }
  expect((await compute(workspace, 'differences', [encoders], 'clip'))?.images).toHaveLength(12)
  // Each way of seeing has a map of its own.
  expect(await workspace.call('maps.open', place)).toBeNull()
})
