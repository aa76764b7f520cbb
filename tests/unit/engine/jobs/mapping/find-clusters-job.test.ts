/** Clusters of photos and of errors, from the job that finds them to the slices that are found among them, on a real database. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { findSteps } from '#engine/workspace/failures/find-slices.ts'
import { modelNumber } from '#engine/workspace/repositories/models.ts'
import { inSlices } from '#engine/workspace/slices.ts'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { normal, randomAt, uniform } from '#shared/random.ts'
import type { FoundSlice } from '#shared/slices/slices.ts'
import type { SliceFilter } from '#shared/slices/filters.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const place = { modelId: 'base', set: 'all' } as const
const look = { ...place, metric: 'CIDEr' } as const
const roots = { modelRoots: [], encoderRoots: [] }

/** What is in the photos; each reference words it in its own way, so that no word alone tells the weak group. */
const sayings = {
  weak: [
    ['a tabby', 'a kitten', 'a feline', 'a tomcat'],
    ['naps', 'dozes', 'rests', 'snoozes'],
    ['on a sofa', 'atop a couch', 'upon a settee', 'across a divan'],
  ],
  other: [
    ['a coach', 'a tram', 'a van', 'a lorry'],
    ['waits', 'stops', 'turns', 'parks'],
    ['near a curb', 'at a corner', 'in a lane', 'by a kiosk'],
  ],
}

const photos = 400
/** Draws of scores by chance. Where each finds something once in twenty, more than six of forty do once in 300 times. */
const draws = 40
const mostFalse = 6
const isWeak = (imageId: number): boolean => imageId % 8 === 0

/** Photos of a weak group, one in eight, and of others. `scoreOf` may know which is which. */
async function scored(scoreOf: (imageId: number) => number): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  mkdirSync(root, { recursive: true })
  const random = randomAt(3, 'order', 0)
  const sentence = (kind: keyof typeof sayings): string => sayings[kind].map((ways) => ways[Math.floor(uniform(random) * ways.length)]).join(' ')
  const ids = Array.from({ length: photos }, (_, at) => at + 1)
  const references = ids.map((imageId) => sentence(isWeak(imageId) ? 'weak' : 'other'))
  await importImages(
    workspace,
    ids.map((imageId) => importedImage(root, imageId, { references: [{ text: references[imageId - 1], source: 'file' }] })),
  )
  const texts = ids.map((imageId) => (isWeak(imageId) ? 'a dog lies on grass' : references[imageId - 1].replace(/^a \w+/, 'a truck')))
  await workspace.service.applyBatch(1, {
    kind: 'captions',
    rows: ids.map((imageId) => ({
      imageId,
      modelId: 'base',
      beam: 1,
      candidates: [{ text: texts[imageId - 1], logProbability: -1, tokenLogProbabilities: null }],
    })),
  })
  const { reader, service } = workspace
  const documentFrequencyId = reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? ''
  await service.applyBatch(1, {
    kind: 'scores',
    modelId: 'base',
    referenceSet: 'references',
    documentFrequencyId,
    rows: ids.map((imageId) => {
      const [held, said] = [references[imageId - 1].split(' '), texts[imageId - 1].split(' ')]
      const measures = {
        words: said.length,
        brevity: null,
        rareMissed: null,
        agreement: null,
        objects: [],
        said,
        held,
        missed: held.filter((word) => !said.includes(word)),
      }
      return { imageId, scores: { CIDEr: scoreOf(imageId) }, failures: [], measures }
    }),
  })
  return workspace
}

async function cluster(workspace: TestWorkspace): Promise<void> {
  const { id } = await workspace.call('slices.cluster', { ...place, encoderId: null })
  await runNextJob(workspace.service, { ...roots, jobId: id, threads: 1 })
}

const clustersAmong = (slices: readonly FoundSlice[]): FoundSlice[] => slices.filter(({ filters }) => filters.some(({ by }) => by === 'cluster'))

function noise(): (imageId: number) => number {
  const random = randomAt(4, 'order', 0)
  const drawn = Array.from({ length: photos + 1 }, () => normal(random))
  return (imageId) => drawn[imageId]
}

describe('clusters of errors', () => {
  test('lead to the group that is planted: its photos, named by what its captions lack and say, judged by photos that they were not fitted to', async () => {
    const chance = noise()
    const workspace = await scored((imageId) => (isWeak(imageId) ? 0.4 : 1.6) + 0.3 * chance(imageId))
    expect(await workspace.call('slices.clusterings', place)).toEqual([])
    await cluster(workspace)
    const [clustering] = await workspace.call('slices.clusterings', place)
    expect(clustering).toMatchObject({ basis: 'differences', encoderId: null, current: true })
    const found = (await workspace.call('slices.find', { ...look, most: 8 }))!
    const [first] = clustersAmong(found.slices)
    const { selected } = await workspace.call('failures.look', { ...look, filters: first.filters })
    expect(selected).toBe(first.photos)
    const images = await workspace.call('failures.images', { ...look, filters: first.filters })
    expect(images.filter(isWeak).length / images.length).toBeGreaterThan(0.9)
    // About half of them, the others' clusters were fitted to.
    expect(first.images / first.photos).toBeGreaterThan(0.3)
    expect(first.images / first.photos).toBeLessThan(0.7)
    expect(first.corrected.high).toBeLessThan(0)
    expect(first.corrected.high).toBeGreaterThan(first.difference!.high)
    const [filter] = first.filters
    expect(filter.by === 'cluster' && filter.name).toMatch(/miss .*say “(dog|lies|grass)”/)
  })

  test('are none of the slices where scores have nothing to do with what photos show, but for chance', async () => {
    const workspace = await scored(() => 1)
    await cluster(workspace)
    expect(await workspace.call('slices.clusterings', place)).toHaveLength(1)
    workspace.service.close()
    let found = 0
    for (let draw = 0; draw < draws; draw++) {
      const random = randomAt(draw, 'order', 1)
      const database = await openDatabase(workspace.folder, false)
      const write = database.prepare('UPDATE score SET value = ? WHERE image_id = ?')
      database.transaction(() => Array.from({ length: photos }, (_, at) => write.run(normal(random), at + 1)))()
      const slices = await inSlices(findSteps(database, { set: 'all', metric: 'CIDEr', modelNumber: modelNumber(database, 'base'), otherNumber: null }, 1))
      expect(slices!.tried).toBeGreaterThan(20)
      if (slices!.slices.length > 0) found++
      closeDatabase(database)
    }
    expect(found).toBeLessThanOrEqual(mostFalse)
  })
})

test('clusters of what the set is now are not computed again; those that a slice holds stay when the set changes', async () => {
  const chance = noise()
  const workspace = await scored((imageId) => (isWeak(imageId) ? 0.4 : 1.6) + 0.3 * chance(imageId))
  await cluster(workspace)
  const [before] = await workspace.call('slices.clusterings', place)
  await cluster(workspace)
  expect(await workspace.call('slices.clusterings', place)).toEqual([before])
  const filters: SliceFilter[] = [{ by: 'cluster', clusteringId: before.id, cluster: 0, basis: 'differences', name: 'kept' }]
  await workspace.call('slices.keep', { ...look, name: 'Kept', filters })
  const change = async (text: string): Promise<void> => {
    await workspace.service.applyBatch(1, {
      kind: 'captions',
      rows: [{ imageId: 1, modelId: 'base', beam: 1, candidates: [{ text, logProbability: -1, tokenLogProbabilities: null }] }],
    })
    const { reader, service } = workspace
    const documentFrequencyId = reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? ''
    const measures = { words: 2, brevity: null, rareMissed: null, agreement: null, objects: [], said: text.split(' '), held: ['a'], missed: [] }
    await service.applyBatch(1, {
      kind: 'scores',
      modelId: 'base',
      referenceSet: 'references',
      documentFrequencyId,
      rows: [{ imageId: 1, scores: { CIDEr: 1 }, failures: [], measures }],
    })
  }
  await change('a heron')
  expect(await workspace.call('slices.clusterings', place)).toMatchObject([{ id: before.id, current: false }])
  await cluster(workspace)
  await change('a stork')
  await cluster(workspace)
  const ids = workspace.reader.prepare<[], number>('SELECT id FROM set_clusters ORDER BY id').pluck().all()
  const [now] = await workspace.call('slices.clusterings', place)
  expect(ids).toEqual([before.id, now.id])
  expect(now.current).toBe(true)
  expect((await workspace.call('failures.look', { ...look, filters })).selected).toBeGreaterThan(0)
})

test('what is cancelled stores nothing, and a set that is not scored says what to do', async () => {
  const workspace = await scored(() => 1)
  const { id } = await workspace.call('slices.cluster', { ...place, encoderId: null })
  await expect(runNextJob(workspace.service, { ...roots, jobId: id, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(await workspace.call('slices.clusterings', place)).toEqual([])
  const other = await workspace.call('slices.cluster', { ...place, set: 'test', encoderId: null })
  await expect(runNextJob(workspace.service, { ...roots, jobId: other.id })).rejects.toMatchObject({ code: 'unavailable', todo: 'Score the set first.' })
})
