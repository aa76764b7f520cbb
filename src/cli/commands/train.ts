import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Progress } from '../progress.ts'
import { AppError } from '#shared/errors.ts'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'
import { parseProvider } from '../provider.ts'

interface TrainOptions {
  captions: string
  images: string
  trainList: string
  devList: string
  out: string
  name?: string
  recipe?: string
  parent?: string
  terms?: string
  imagined?: string
  imaginedExcept?: string
  encoder: string
  encoders: string
  features: string
  checkpoints?: string
  resume: boolean
  finish: boolean
  replace: boolean
  epochs?: number
  seed?: number
  threads: number
  provider: string
}

/** `capstan train`: photos and captions in, a model package out. */
export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('train a captioner from captioned photos and write it as a model package')
    .requiredOption('--captions <file>', 'Flickr8k token file or COCO captions JSON')
    .requiredOption('--images <folder>', 'where the photos are')
    .requiredOption('--train-list <file>', 'names of the photos to learn from, one a line')
    .requiredOption('--dev-list <file>', 'names of the photos to judge by')
    .requiredOption('--out <folder>', 'the model package to write, for example models/my-captioner')
    .option('--name <text>', 'the model’s name (default: the folder’s)')
    .option('--recipe <file>', 'recipe JSON, of one stage or several (`stages`); what it leaves out has defaults')
    .option('--imagined <file>', 'captions without photos, COCO JSON or token file, for a recipe that imagines what they name')
    .option('--imagined-except <folder>', 'photos that are judged by: their captions among these are left out')
    .option('--parent <folder>', 'model package to go on from, of the same sizes and vocabulary (default: fresh weights)')
    .option('--terms <text>', 'whose the data is and under which terms, for the model card')
    .option('--epochs <n>', 'epochs, over the recipe’s', wholeNumber(1, 1000))
    .option('--seed <n>', 'seed, over the recipe’s; stages count on from it', wholeNumber(0))
    .option('--encoder <id>', 'encoder, by its id or folder', 'openimages-ssd')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--checkpoints <folder>', 'where checkpoints go (default: .cache/train/<name of the package>)')
    .option('--resume', 'go on from the newest checkpoint; stages that are finished are not done again', false)
    .option('--finish', 'train no more: write the package from the best weights of the newest checkpoint', false)
    .option('--replace', 'overwrite a package that is there already and, without --resume, start over where checkpoints are', false)
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0), 0)
    .action(action('No model was written; features and checkpoints made until then are kept, and --resume goes on from there.', train))
}

async function train(signal: AbortSignal, options: TrainOptions): Promise<void> {
  const { readCaptionedImages, selectListed } = await import('#engine/datasets/captioned-photos.ts')
  const { parseRecipe, readRecipe } = await import('#engine/training/runs/staged-recipe.ts')
  const { trainFromCaptions } = await import('#engine/training/runs/train-from-captions.ts')
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { readModelPackage } = await import('#engine/models/model-package.ts')
  const { requirePackagePlace } = await import('#engine/files/output-place.ts')
  const { progressBar } = await import('../progress.ts')

  requirePackagePlace(options.out, options)

  const recipe = options.recipe === undefined ? parseRecipe({}, 'by default', options.seed) : await readRecipe(options.recipe, options.seed)
  if (options.epochs !== undefined) {
    if ('stages' in recipe)
      throw new AppError('bad-input', '--epochs is for recipes of one stage.', { todo: 'Write the epochs of each stage into the recipe.' })
    recipe.epochs = options.epochs
  }
  const all = await readCaptionedImages(options.captions, options.images)
  let bar: Progress | undefined
  const started = Date.now()
  await trainFromCaptions({
    train: await selectListed(all, options.trainList),
    dev: await selectListed(all, options.devList),
    dataNote: `${basename(options.captions)}; photos of ${basename(options.trainList)}, judged on ${basename(options.devList)}`,
    terms: options.terms ?? 'The photos and captions belong to their owners under the data set’s own terms',
    out: options.out,
    name: options.name ?? basename(options.out),
    recipe,
    ...(options.recipe === undefined ? {} : { recipeFolder: dirname(options.recipe) }),
    ...imaginedOf(options),
    ...(options.parent === undefined ? {} : { parent: await readModelPackage(options.parent) }),
    encoderFolder: await findEncoder([options.encoders], options.encoder),
    featureFolder: options.features,
    checkpointFolder: options.checkpoints ?? join('.cache/train', basename(options.out)),
    resume: options.resume,
    finish: options.finish,
    replace: options.replace,
    session: { threads: options.threads, provider: parseProvider(options.provider) },
    signal,
    tell: {
      stage(title) {
        bar?.stop()
        bar = progressBar(title)
      },
      progress: (done, total, note) => bar?.update(done, total, note),
      note(text) {
        bar?.stop()
        console.log(`[${((Date.now() - started) / 60000).toFixed(1)} min] ${text}`)
      },
    },
  })
  bar?.stop()
}

function imaginedOf({ imagined, imaginedExcept }: TrainOptions): { imagined?: { file: string; except?: string } } {
  if (imagined !== undefined) return { imagined: { file: imagined, ...(imaginedExcept === undefined ? {} : { except: imaginedExcept }) } }
  if (imaginedExcept === undefined) return {}
  throw new AppError('bad-input', '--imagined-except leaves captions out of a file that is not given.', {
    kept: 'Nothing was trained.',
    todo: 'Add --imagined.',
  })
}
