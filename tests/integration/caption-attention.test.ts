/** A model led along a caption of a real photo: what it looks at is somewhere, and all of its attention is accounted for. */
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCaptioner, type SeenCaption } from '#engine/captioning/loaded-captioner.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { emptyPhoto, somePhoto, writeFresh } from '../support/fresh-model.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

beforeAll(async () => {
  await ensureEncoders()
})

async function look(folder: string, photo: string, caption: string): Promise<SeenCaption> {
  const captioner = await openCaptioner(join(folder, 'model'), {
    encoderRoots: [dirname(defaultEncoderFolder)],
    featureFolder: join(folder, 'features'),
    session: { threads: 1 },
  })
  try {
    return await captioner.look({ path: photo }, caption)
  } finally {
    await captioner.close()
  }
}

function sumsOfPlaced({ attention, places }: SeenCaption): number[] {
  return attention.map((weights) => weights.reduce((sum, weight, token) => (places[token] === null ? sum : sum + weight), 0))
}

test('over the grid, each word has a weight for each of its cells', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'transformer')
  const seen = await look(folder, await somePhoto(folder), 'Word1 nowhere word2.')
  expect(seen.words).toEqual(['word1', 'nowhere', 'word2'])
  expect(seen.places).toHaveLength(25)
  for (const sum of sumsOfPlaced(seen)) expect(sum).toBeCloseTo(1, 5)
  for (const value of seen.logProbabilities) expect(value).toBeLessThan(0)
})

test('over regions, all attention is in the boxes of the detector, or in the whole photo where it found nothing', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'object-relation', { limit: 6, minimumScore: 0.2 })
  const found = await look(folder, await somePhoto(folder), 'word1 word2')
  expect(found.places).toHaveLength(6)
  for (const sum of sumsOfPlaced(found)) expect(sum).toBeCloseTo(1, 5)
  const empty = await look(folder, await emptyPhoto(folder), 'word1 word2')
  expect(empty.places).toEqual([[0, 0, 1, 1], null, null, null, null, null])
  for (const sum of sumsOfPlaced(empty)) expect(sum).toBeCloseTo(1, 5)
})

test('a photo that is not there is named', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'transformer')
  await expect(look(folder, join(folder, 'gone.jpg'), 'word1')).rejects.toThrow('gone.jpg')
})
