/** Captions without photos beside captioned photos: what they name becomes words of the captioner, learned from imagined evidence. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readModelPackage } from '#engine/models/model-package.ts'
import { parseRecipe } from '#engine/training/runs/staged-recipe.ts'
import { captioningEncoderFolder, defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { drawPictures } from '../support/pictures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { trainInFolder } from '../support/train-in-folder.ts'

beforeAll(ensureEncoders)

const recipe = parseRecipe(
  {
    epochs: 1,
    batchImages: 2,
    captionsPerImage: 1,
    minimumCount: 1,
    maximumWords: 8,
    captioner: { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 },
    schedule: { kind: 'constant', warmupSteps: 1 },
    imagined: { file: 'elsewhere.json', except: 'judged', weight: 0.5 },
  },
  'this test',
)

/** Six drawn photos of persons with dogs; elsewhere there are zebras, pizzas (judged by somebody) and more persons. */
async function run(encoderFolder: string) {
  const folder = temporaryFolder()
  await mkdir(join(folder, 'photos'))
  await mkdir(join(folder, 'judged'))
  await writeFile(join(folder, 'judged', 'pizza.jpg'), '')
  const elsewhere = [
    { file_name: 'zebra.jpg', caption: 'two zebras graze' },
    { file_name: 'pizza.jpg', caption: 'a pizza steams' },
    { file_name: 'person.jpg', caption: 'a woman yawns' },
  ]
  const captionsFile = {
    images: elsewhere.map(({ file_name }, id) => ({ id, file_name })),
    annotations: elsewhere.map(({ caption }, id) => ({ image_id: id, caption })),
  }
  await writeFile(join(folder, 'elsewhere.json'), JSON.stringify(captionsFile))
  const paths = await drawPictures(join(folder, 'photos'), 6)
  const photos = paths.map((path) => ({ id: null, fileName: basename(path), path, captions: ['a man walks a dog'] }))
  const notes: string[] = []
  const tell = { stage: () => undefined, progress: () => undefined, note: (text: string) => notes.push(text) }
  await trainInFolder(folder, { train: photos.slice(0, 4), dev: photos.slice(4), recipe, encoderFolder, tell })
  return { folder, notes }
}

test('captions that name what the photos do not are learned from, those of judged photos are not', async () => {
  const { folder, notes } = await run(captioningEncoderFolder)
  expect(notes.join('\n')).toContain('5 photos to learn from, 2 to judge by')
  const { vocabulary, manifest } = await readModelPackage(join(folder, 'model'))
  expect(vocabulary.words).toEqual(expect.arrayContaining(['man', 'dog', 'zebras', 'graze']))
  for (const word of ['pizza', 'yawns']) expect(vocabulary.words).not.toContain(word)
  expect(parseRecipe(manifest.provenance.recipe, 'the package')).toEqual(recipe)
  expect(await readFile(join(folder, 'model', 'README.md'), 'utf8')).toContain('captions of elsewhere.json without their photos')
})

test('an encoder that does not tell what its detector finds is refused', async () => {
  await expect(run(defaultEncoderFolder)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('Captions without photos') as string })
})
