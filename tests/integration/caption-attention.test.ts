/** A model asked about a caption of a real photo: what it looks at is somewhere, all of its attention is accounted for, and its search can be retold. */
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCaptioner, type LoadedCaptioner, type SeenCaption } from '#engine/captioning/loaded-captioner.ts'
import { captionText } from '#engine/captioning/caption-from-features.ts'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { emptyPhoto, somePhoto, writeFresh } from '../support/fresh-model.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

beforeAll(async () => {
  await ensureEncoders()
})

const look = (folder: string, photo: string, caption: string): Promise<SeenCaption> => asked(folder, (captioner) => captioner.look({ path: photo }, caption))

async function asked<Answer>(folder: string, ask: (captioner: LoadedCaptioner) => Promise<Answer>): Promise<Answer> {
  const captioner = await openCaptioner(join(folder, 'model'), {
    encoderRoots: [dirname(defaultEncoderFolder)],
    featureFolder: join(folder, 'features'),
    session: { threads: 1 },
  })
  try {
    return await ask(captioner)
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

test('each cell, or each region that was found, is taken away in turn', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'transformer')
  const photo = await somePhoto(folder)
  const grid = await asked(folder, (captioner) => captioner.occlude({ path: photo }, 'word1 word2'))
  expect(grid).toMatchObject({ removal: 'mean', tokens: Array.from({ length: 25 }, (_, token) => token) })
  expect(grid.without.map((values) => values.length)).toEqual([25, 25])
  const other = temporaryFolder()
  await writeFresh(join(other, 'model'), 'object-relation', { limit: 6, minimumScore: 0.2 })
  const empty = await emptyPhoto(other)
  const regions = await asked(other, (captioner) => captioner.occlude({ path: empty }, 'word1'))
  expect(regions).toMatchObject({ removal: 'hidden', tokens: [0] })
  expect(regions.without[0].every((value) => value < 0)).toBe(true)
})

test('a traced search finds the captions that captioning writes', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'transformer')
  const photo = { path: await somePhoto(folder) }
  await asked(folder, async (captioner) => {
    for (const beam of [1, 3]) {
      const written: string[] = []
      await captioner.caption({
        photos: [photo],
        method: methodForBeam(beam),
        onBatch: ({ captioned }) => void written.push(...captioned[0].candidates.map(({ text }) => text)),
      })
      const { captions } = await captioner.trace(photo, beam)
      expect(captions.map(({ ids }) => captionText(captioner.model.vocabulary, ids))).toEqual(written)
    }
  })
})

test('a photo that is not there is named', async () => {
  const folder = temporaryFolder()
  await writeFresh(join(folder, 'model'), 'transformer')
  await expect(look(folder, join(folder, 'gone.jpg'), 'word1')).rejects.toThrow('gone.jpg')
})
