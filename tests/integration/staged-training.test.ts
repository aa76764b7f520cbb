/** Three stages in one recipe, from photos to a package: each goes on from the one before, a stopped run goes on in its stage, a finished one is not repeated. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { readModelPackage } from '#engine/models/model-package.ts'
import { composeSeries } from '#engine/scenes/write-scenes.ts'
import { parseRecipe } from '#engine/training/runs/staged-recipe.ts'
import type { TrainFromCaptions } from '#engine/training/runs/training-run.ts'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { drawPictures } from '../support/pictures.ts'
import { bytesOf, pooledOnlyModel } from '../support/small-onnx.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { trainInFolder } from '../support/train-in-folder.ts'

const shared = {
  epochs: 2,
  batchImages: 2,
  captionsPerImage: 1,
  minimumCount: 1,
  maximumWords: 8,
  captioner: { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 },
  schedule: { kind: 'constant', warmupSteps: 1 },
  checkpointSteps: 2,
}
const stages = [
  { name: 'Noisy captions', captions: { file: 'noisy.txt', images: 'photos' }, epochs: 1 },
  { name: 'Cross-entropy' },
  { name: 'Rewards', objective: { kind: 'self-critical', samples: 2 } },
]
const recipe = parseRecipe({ ...shared, name: 'noisy, clean, rewarded', stages }, 'this test')

/** Eight drawn photos, the last two to judge by; the noisy captions name one of those, too. */
async function setting() {
  const folder = temporaryFolder()
  await mkdir(join(folder, 'photos'))
  const paths = await drawPictures(join(folder, 'photos'), 8)
  const photos = paths.map((path, place) => ({
    id: null,
    fileName: basename(path),
    path,
    captions: [`a drawing of ${place % 2 === 0 ? 'three' : 'some'} circles`],
  }))
  const noisy = photos.slice(2, 7).map(({ fileName }) => `${fileName}#0\tIMG 0042 some circles\n`)
  await writeFile(join(folder, 'noisy.txt'), noisy.join(''))
  await writeFile(join(folder, 'small.onnx'), bytesOf(pooledOnlyModel(1)))
  const { folder: encoderFolder } = await addEncoder({
    path: join(folder, 'small.onnx'),
    root: join(folder, 'encoders'),
    normalisation: parseNormalisation('half'),
    resize: 'squash',
  })
  const notes: string[] = []
  const tell = { stage: (title: string) => notes.push(title), progress: () => undefined, note: (text: string) => notes.push(text) }
  const run = (change: Partial<TrainFromCaptions> = {}) =>
    trainInFolder(folder, { train: photos.slice(0, 6), dev: photos.slice(6), recipe, encoderFolder, tell, ...change })
  return { folder, notes, run }
}

test('a run of three stages stopped in the second goes on there, and equals one that was not stopped', async () => {
  const { folder, notes, run } = await setting()
  const whole = await run({ out: join(folder, 'whole'), checkpointFolder: join(folder, 'whole checkpoints') })
  expect(whole.steps).toBe(2 + 6 + 6)
  expect(notes.filter((note) => note.includes('to learn from,'))[0]).toContain('4 photos') // the judged one is left out

  const stop = new AbortController()
  const progress = (done: number): void => {
    if (done === 2 && notes.includes('stage 2 of 3, Cross-entropy')) stop.abort()
  }
  notes.length = 0
  const tell = { stage: (title: string) => notes.push(title), progress, note: (text: string) => notes.push(text) }
  await expect(run({ signal: stop.signal, tell })).rejects.toMatchObject({ code: 'cancelled' })
  await expect(run()).rejects.toMatchObject({ code: 'conflict' })

  notes.length = 0
  const resumed = await run({ resume: true })
  expect(notes.filter((note) => note.startsWith('done before'))).toHaveLength(1)
  expect(notes.filter((note) => /from step \d+/.test(note)).map((note) => /from step (\d+)/.exec(note)?.[1])).toEqual(['2', '0'])
  expect(resumed.steps).toBe(whole.steps)
  const [one, other] = await Promise.all(['model', 'whole'].map((name) => readFile(join(folder, name, 'weights.safetensors'))))
  expect(one.equals(other)).toBe(true)

  const files = await readdir(join(folder, 'model'))
  expect(files.filter((name) => name.startsWith('curve')).sort()).toEqual(['curve-1.svg', 'curve-2.svg', 'curve-3.svg'])
  const card = await readFile(join(folder, 'model/README.md'), 'utf8')
  for (const title of ['Stage 1: Noisy captions', 'Stage 2: Cross-entropy', 'Stage 3: Rewards']) expect(card).toContain(title)
  expect(card.match(/Scores after this stage/g)).toHaveLength(2)
  expect(card).toMatch(/in float32, CIDEr with beam 1 was \d\.\d{4} \(stored: \d\.\d{4}\)/)
  const { manifest } = await readModelPackage(join(folder, 'model'))
  expect(parseRecipe(manifest.provenance.recipe, 'the package')).toEqual(recipe)

  notes.length = 0
  await run({ resume: true, replace: true })
  expect(notes.filter((note) => note.startsWith('done before'))).toHaveLength(3)
}, 600_000)

test('finishing makes a package of the stages that were begun', async () => {
  const { folder, notes, run } = await setting()
  await expect(run({ finish: true })).rejects.toMatchObject({ code: 'not-found' })
  const stop = new AbortController()
  const tell = {
    stage: (title: string) => notes.push(title),
    progress: (done: number) => {
      if (done === 2 && notes.includes('stage 2 of 3, Cross-entropy')) stop.abort()
    },
    note: () => undefined,
  }
  await expect(run({ signal: stop.signal, tell })).rejects.toMatchObject({ code: 'cancelled' })
  await run({ finish: true })
  const card = await readFile(join(folder, 'model/README.md'), 'utf8')
  expect(card).toContain('Stage 2: Cross-entropy')
  expect(card).toContain('ended by hand')
  expect(card).not.toContain('Stage 3')
}, 600_000)

test('scenes that the recipe asks for are learned from beside the photos', async () => {
  const { folder, notes, run } = await setting()
  const withScenes = parseRecipe({ ...shared, scenes: { count: 4 } }, 'this test')
  await run({ recipe: withScenes })
  expect(notes.find((note) => note.includes('to learn from,'))).toContain('10 photos')
  const card = await readFile(join(folder, 'model/README.md'), 'utf8')
  expect(card).toContain('10 photos with their captions, 4 of them scenes that Capstan draws (from seed 100000 on)')
  const { vocabulary } = await readModelPackage(join(folder, 'model'))
  const said = composeSeries(4, 100_000).map(({ groups: [{ thing, boxes }] }) => (boxes.length === 1 ? thing.noun : thing.plural))
  expect(vocabulary.words).toEqual(expect.arrayContaining(['circles', ...said.flatMap((noun) => noun.split(' '))]))
}, 600_000)

test('a stage that falls under its start keeps the weights of its start, and the run and the card say so', async () => {
  const { folder, notes, run } = await setting()
  const collapsing = { name: 'Rewards', objective: { kind: 'self-critical', samples: 2 }, epochs: 6, optimizer: { learningRate: 1 } }
  const learning = { name: 'Cross-entropy', epochs: 80, optimizer: { learningRate: 0.01 } }
  const collapses = parseRecipe({ ...shared, name: 'collapses', stages: [learning, collapsing] }, 'this test')
  await run({ recipe: collapses, out: join(folder, 'collapsed'), checkpointFolder: join(folder, 'collapsed checkpoints') })
  expect(notes.some((note) => note.startsWith('it never got better than its start'))).toBe(true)
  expect(notes.findLast((note) => note.includes('(best)'))).toBe(
    notes
      .slice(
        0,
        notes.findLastIndex((note) => note.includes('(start)')),
      )
      .findLast((note) => note.includes('(best)')),
  )
  const { card, manifest } = await readModelPackage(join(folder, 'collapsed')).then(async (model) => ({
    card: await readFile(join(folder, 'collapsed', 'README.md'), 'utf8'),
    manifest: model.manifest,
  }))
  expect(card).toContain('it never got better than its start, whose weights were kept')
  expect(card).toContain('CIDEr on these same photos chose the weights')
  expect(manifest.provenance.data?.learned).toMatch(/^[0-9a-f]{64}$/)
  expect(card).toContain(manifest.provenance.data?.learned.slice(0, 16))
}, 300_000)
