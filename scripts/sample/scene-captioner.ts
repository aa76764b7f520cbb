/** The small captioner of scenes: trained by the project's own code on scenes in which it hardly ever snows, so that snow is what it gets wrong. */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Scene } from '#engine/scenes/compose.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { readCaptionedImages } from '#engine/datasets/captioned-photos.ts'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { trainFromCaptions } from '#engine/training/runs/train-from-captions.ts'
import { defaultEncoderFolder, ensureEncoders } from '../build-encoder.ts'
import { cacheFolder, projectFolder } from '../paths.ts'

const trainSeries = { count: 1600, seed: 100_000 }
const devSeries = { count: 60, seed: 900_000 }
/** Of the snowy scenes that the captioner would have seen, it sees one in so many: enough to know the words. */
const rareSnow = 60

const hardlySnowy = ({ backdrop, seed }: Scene): boolean => backdrop.name !== 'snow' || seed % rareSnow === 0

/** Trains the captioner and writes it as a model package; its last checkpoint is taken up where there is one. */
export async function trainSceneCaptioner(out: string): Promise<void> {
  const work = join(cacheFolder, 'sample')
  await ensureEncoders()
  const train = await writeScenes(join(work, 'train'), trainSeries.count, trainSeries.seed, hardlySnowy)
  const dev = await writeScenes(join(work, 'dev'), devSeries.count, devSeries.seed, hardlySnowy)
  const recipe = trainingRecipeSchema.parse(JSON.parse(await readFile(join(projectFolder, 'recipes', 'scenes-small.json'), 'utf8')))
  await trainFromCaptions({
    train: await readCaptionedImages(train.captions, train.images),
    dev: await readCaptionedImages(dev.captions, dev.images),
    dataNote: `${trainSeries.count} scenes drawn by Capstan from seed ${trainSeries.seed} on, of the snowy ones one in ${rareSnow}; judged on ${devSeries.count} others`,
    terms: 'The scenes are Capstan’s own, drawn with Noto emoji (Apache-2.0)',
    out,
    name: 'Scene captioner',
    recipe,
    encoderFolder: defaultEncoderFolder,
    featureFolder: join(work, 'features'),
    checkpointFolder: join(work, 'checkpoints'),
    resume: true,
    finish: false,
    replace: true,
    session: { threads: availableParallelism() },
    signal: new AbortController().signal,
    tell: { stage: (title) => console.log(title), progress: () => undefined, note: (text) => console.log(text) },
  })
}
