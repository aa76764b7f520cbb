/**
 * `npm run bench -- adapt`: the loop's promise. A base learns Flickr8k without any photo whose captions mention a theme (once: it is cached), then
 * gets 200 corrected theme photos through the fine-tuning that the app runs, and is judged before and after on theme photos that nothing learned
 * from and on the rest of the dev split. Both times CIDEr stands on one table of document frequencies, that of the whole train split.
 * Options: --theme (snow), --corrections, --recipe (JSON of what differs from the app's default recipe), --base-photos, --base-epochs, --seed, --threads.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { ensureFeatures, openCachedFeatures } from '#engine/captioning/cached-features.ts'
import { evaluationImages } from '#engine/training/data/prepare.ts'
import { storedDocumentFrequency } from '#engine/training/data/stored-document-frequency.ts'
import { fineTuneRecipeSchema, type FineTuneRecipe } from '#shared/domain.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { adapt, ciderChange, judge, type Change } from '../support/theme-adaptation.ts'
import { baseRecipe, featureFolder, themeBase } from '../support/theme-base.ts'
import { themeData } from '../support/theme-data.ts'

export interface AdaptBenchmark {
  theme: string
  base: { photos: number; epochs: number; layers: number; width: number; parameters: number; trainingMinutes: number }
  recipe: FineTuneRecipe
  learned: { corrected: number; heldOut: number; rehearsed: number; newWords: readonly string[] }
  steps: number
  bestStep: number | null
  minutes: number
  processorMinutes: number
  /** CIDEr on theme photos that nothing learned from, and on dev without the theme. */
  onTheme: Change
  onRest: Change
  aims: { themeUpByATenth: boolean; restDownByAHundredthAtMost: boolean; underFiveMinutes: boolean }
  samples: { before: string; after: string; reference: string }[]
}

const samples = 8

export async function run(args: string[]): Promise<AdaptBenchmark> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      theme: option('snow'),
      corrections: option('200'),
      recipe: option('{}'),
      'base-photos': option('4000'),
      'base-epochs': option('3'),
      seed: option('1'),
      threads: option(String(availableParallelism())),
    },
  })
  const { theme } = values
  const [seed, threads, corrections, basePhotos, epochs] = [values.seed, values.threads, values.corrections, values['base-photos'], values['base-epochs']].map(
    Number,
  )
  const recipe = fineTuneRecipeSchema.parse(JSON.parse(values.recipe))
  await ensureEncoders()
  const data = await themeData(theme, { corrections, basePhotos, seed })
  const base = await themeBase(theme, data, baseRecipe(seed, epochs), threads)

  const encoder = await openEncoder(defaultEncoderFolder, { threads })
  const features = openCachedFeatures(featureFolder, encoder.manifest, { pooling: 2, mirror: false })
  const folder = mkdtempSync(join(tmpdir(), 'capstan-adapt-'))
  try {
    const paths = [data.base, data.corrected, data.theme, data.rest].flat().map(({ path }) => path)
    const hashes = await ensureFeatures(paths, encoder, [features.plain], {})
    await encoder.close()
    const adapted = await adapt({ base, recipe, corrected: data.corrected, others: data.base, hashes, features, folder, threads })

    const table = storedDocumentFrequency(
      data.train.map(({ captions }) => captions),
      base.vocabulary,
    )
    const sets = { theme: evaluationImages(data.theme, hashes), rest: evaluationImages(data.rest, hashes) }
    const onTheme = { before: await judge(base, features, sets.theme, table, threads), after: await judge(adapted.model, features, sets.theme, table, threads) }
    const onRest = { before: await judge(base, features, sets.rest, table, threads), after: await judge(adapted.model, features, sets.rest, table, threads) }
    const change = { theme: ciderChange(onTheme.before.scores, onTheme.after.scores), rest: ciderChange(onRest.before.scores, onRest.after.scores) }
    const { config } = base.captioner
    return {
      theme,
      base: {
        photos: data.base.length,
        epochs,
        layers: config.encoderLayers,
        width: config.width,
        parameters: base.manifest.parameters,
        trainingMinutes: base.manifest.provenance.trainingSeconds / 60,
      },
      recipe,
      learned: {
        corrected: data.corrected.length - adapted.heldOut,
        heldOut: adapted.heldOut,
        rehearsed: adapted.run.replay.length,
        newWords: adapted.run.joined,
      },
      steps: adapted.finished.step,
      bestStep: adapted.finished.bestStep,
      minutes: adapted.minutes,
      processorMinutes: adapted.processorMinutes,
      onTheme: change.theme,
      onRest: change.rest,
      aims: {
        themeUpByATenth: change.theme.difference >= 0.1,
        restDownByAHundredthAtMost: change.rest.difference >= -0.01,
        underFiveMinutes: adapted.minutes < 5,
      },
      samples: sets.theme.slice(0, samples).map(({ references }, index) => ({
        before: onTheme.before.texts[index],
        after: onTheme.after.texts[index],
        reference: references[0],
      })),
    }
  } finally {
    await features.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
