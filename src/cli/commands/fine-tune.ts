import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { GateReport } from '#shared/fine-tuning.ts'
import { AppError } from '#shared/errors.ts'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'
import { parseProvider } from '../provider.ts'
import type { Progress } from '../progress.ts'

interface FineTuneOptions {
  model: string
  corrections: string
  images?: string
  correctionsList?: string
  snapshot?: number
  rehearse?: string
  rehearseImages?: string
  rehearseList?: string
  recipe?: string
  seed?: number
  out?: string
  name?: string
  replace: boolean
  encoders: string
  features: string
  provider: string
  threads: number
}

/** `capstan fine-tune`: a model and corrections in, a better model out, or the parent kept, and the gate's report. */
export function registerFineTune(program: Command): void {
  program
    .command('fine-tune')
    .description('fine-tune a model on corrections, as the window does, and judge it beside its parent')
    .requiredOption('--model <folder>', 'the parent: a model package (in a workspace: its id)')
    .requiredOption('--corrections <path>', 'COCO captions JSON or Flickr8k token file of corrected photos, a snapshot that a workspace wrote, or a workspace')
    .option('--images <folder>', 'where the corrected photos of a file are')
    .option('--corrections-list <file>', 'names of the photos of the file that count, one a line')
    .option('--snapshot <number>', 'of a workspace (default: what is corrected now is frozen)', wholeNumber(1))
    .option('--rehearse <file>', 'captions of photos that the parent learned from: rehearsed against forgetting, and judged by')
    .option('--rehearse-images <folder>', 'where these photos are')
    .option('--rehearse-list <file>', 'names of those that count, one a line')
    .option('--recipe <file>', 'JSON of what differs from the app’s defaults, or the folder of a fine-tuned model to repeat')
    .option('--seed <n>', 'seed, over the recipe’s', wholeNumber(0))
    .option('--out <folder>', 'the model package to write, for corrections of a file; the report goes beside it as .gate.json')
    .option('--name <text>', 'the model’s name (default: the folder’s)')
    .option('--replace', 'overwrite a package and a report that are there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0), 0)
    .action(action('No model was written; what was made until then is kept, and the same command goes on from there.', fineTune))
}

async function fineTune(signal: AbortSignal, options: FineTuneOptions): Promise<void> {
  const { existsSync } = await import('node:fs')
  const { workspaceLayout } = await import('#engine/workspace/storage/layout.ts')
  const recipe = await recipeOf(options)
  if (existsSync(workspaceLayout(resolve(options.corrections)).database)) await onWorkspace(signal, options, recipe)
  else await onFile(signal, options, recipe)
}

async function recipeOf({ recipe, seed }: FineTuneOptions): Promise<FineTuneRecipe> {
  const { fineTuneRecipeSchema } = await import('#shared/domain.ts')
  const { z } = await import('zod')
  const given = recipe === undefined ? {} : await givenRecipe(recipe)
  const parsed = z.strictObject(fineTuneRecipeSchema.shape).safeParse({ ...given, ...(seed === undefined ? {} : { seed }) })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError('bad-input', `${recipe ?? 'The recipe'}, ${issue.path.join('.') || 'top level'}: ${issue.message}.`, { todo: 'Mend the recipe.' })
}

/** A recipe's file, or what a fine-tuned model's package says that it was given. */
async function givenRecipe(recipe: string): Promise<Record<string, unknown>> {
  const { existsSync } = await import('node:fs')
  const { z } = await import('zod')
  const { readRegularText } = await import('#engine/files/regular-file.ts')
  const { parseJson } = await import('#shared/json.ts')
  const { readManifest } = await import('#engine/models/model-package.ts')
  const entries = z.record(z.string(), z.unknown())
  if (existsSync(join(recipe, 'manifest.json'))) {
    const given = entries.safeParse((await readManifest(recipe)).provenance.recipe['given'])
    if (given.success) return given.data
    throw new AppError('bad-input', `${recipe} does not say which recipe it was fine-tuned with.`, {
      kept: 'Nothing was trained.',
      todo: 'Name a model that was fine-tuned, or a recipe’s file.',
    })
  }
  const text = await readRegularText(recipe, 10e6)
  try {
    return entries.parse(parseJson(text))
  } catch (cause) {
    throw new AppError('bad-input', `The recipe ${recipe} is no JSON object.`, { todo: 'Mend the recipe.', cause })
  }
}

async function onWorkspace(signal: AbortSignal, { model, corrections, snapshot, name, threads }: FineTuneOptions, recipe: FineTuneRecipe): Promise<void> {
  const { runWorkspaceJob } = await import('../workspace-job.ts')
  const { gateReportSchema } = await import('#shared/fine-tuning.ts')
  const { job } = await runWorkspaceJob({
    workspace: corrections,
    create: false,
    threads,
    async start(service) {
      const title = name ?? `Fine-tuned ${basename(model)}`
      const snapshotId = snapshot ?? (await service.call('snapshots.create', { name: title, heldOut: recipe.heldOut })).id
      return service.call('training.start', { parentModelId: basename(model), snapshotId, name: title, recipe })
    },
    signal,
  })
  const gate = job.result['gate']
  if (gate !== undefined) tellGate(gateReportSchema.parse(JSON.parse(String(gate))))
  console.log(job.message)
}

async function onFile(signal: AbortSignal, options: FineTuneOptions, recipe: FineTuneRecipe): Promise<void> {
  const { readModelPackage } = await import('#engine/models/model-package.ts')
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { fineTuneOnFiles } = await import('#engine/fine-tuning/file-corrections.ts')
  const { writeFineTunedPackage } = await import('#engine/fine-tuning/fine-tuned-package.ts')
  const { requireOutputs, requirePackagePlace, writeOutput } = await import('#engine/files/output-place.ts')
  const { progressBar } = await import('../progress.ts')
  const { out } = options
  if (out === undefined) throw missing('--out', 'The folder of the new model')
  const report = `${resolve(out)}.gate.json`
  const rules = { inputs: [options.corrections, options.rehearse], replace: options.replace }
  requirePackagePlace(out, rules)
  requireOutputs([report], rules)
  const parent = await readModelPackage(options.model)
  const { data, alone } = await dataOf(signal, options, recipe)
  let title = ''
  let bar: Progress | undefined
  const tuned = await fineTuneOnFiles({
    parent,
    recipe,
    data,
    encoderFolder: await findEncoder([options.encoders], parent.manifest.encoder.id),
    featureFolder: options.features,
    workFolder: join('.cache', 'fine-tune', basename(resolve(out))),
    session: { provider: parseProvider(options.provider), threads: options.threads },
    signal,
    tell: {
      progress({ done, total, unit, message }) {
        const stage = unit === 'steps' ? 'fine-tuning' : message
        if (stage !== title) {
          bar?.stop()
          bar = progressBar(stage)
          title = stage
        }
        bar?.update(done, total)
      },
      leftOut: (path, reason) => void process.stderr.write(`left out ${path}: ${reason}\n`),
    },
  })
  bar?.stop()
  const { gate, lessons, run, finished, weights, texts, own, digests } = tuned
  await writeOutput(report, `${JSON.stringify({ gate, lessons }, null, 2)}\n`, rules)
  tellGate(gate)
  if (alone) console.log('Nothing was rehearsed: --rehearse names captions of what the parent learned from.')
  if (gate.verdict === 'worse') {
    console.log(`No model was written; the report is in ${report}`)
    return
  }
  const counts = {
    corrections: texts.corrections.size,
    replayed: run.replay.length,
    ownCaptions: own,
    heldOut: texts.heldOut.size,
    stopping: texts.stopping.size,
    joined: run.joined,
    unknown: run.unknown,
  }
  requirePackagePlace(out, rules)
  const folder = await writeFineTunedPackage(resolve(out, '..'), {
    id: basename(resolve(out)),
    name: options.name ?? basename(resolve(out)),
    parent,
    start: run.start,
    data: { file: basename(options.corrections) },
    recipe,
    finished: { ...finished, weights },
    gate,
    digests,
    counts,
  })
  console.log(`${finished.step} steps in ${(finished.seconds / 60).toFixed(1)} minutes: ${folder.folder}`)
}

/** A snapshot's file says itself what is rehearsed; of captions files, others say it. */
async function dataOf(signal: AbortSignal, options: FineTuneOptions, { heldOut }: FineTuneRecipe) {
  const { readSnapshotFile } = await import('#engine/workspace/snapshots/snapshot-file.ts')
  const { dataOfCaptions, dataOfSnapshot } = await import('#engine/fine-tuning/file-data.ts')
  const { corrections, images, rehearse } = options
  const snapshot = await readSnapshotFile(corrections)
  if (snapshot !== undefined) {
    if (images === undefined) throw missing('--images', 'The folder of the snapshot’s photos')
    return { data: await dataOfSnapshot(snapshot, images, signal), alone: false }
  }
  const corrected = await photosOf(corrections, images, options.correctionsList, '--images')
  const rehearsed = rehearse === undefined ? [] : await photosOf(rehearse, options.rehearseImages, options.rehearseList, '--rehearse-images')
  return { data: dataOfCaptions({ corrected, rehearsed, heldOut }), alone: rehearsed.length === 0 }
}

async function photosOf(file: string, images: string | undefined, list: string | undefined, option: string) {
  const { readCaptionedImages, selectListed } = await import('#engine/datasets/captioned-photos.ts')
  if (images === undefined) throw missing(option, `The folder of the photos of ${basename(file)}`)
  const all = (await readCaptionedImages(file, images)).filter(({ captions }) => captions.length > 0)
  return list === undefined ? all : selectListed(all, list)
}

function missing(option: string, what: string): AppError {
  return new AppError('bad-input', `${what} is not given.`, { kept: 'Nothing was trained.', todo: `Add ${option}.` })
}

function tellGate({ verdict, reason, method, keep, moreCorrections }: GateReport): void {
  console.log(`Verdict: ${verdict}. ${reason}`)
  console.log(`${method} ${Math.round(100 * keep)} % of what was learned is kept.`)
  if (moreCorrections !== null) console.log(`About ${moreCorrections} more corrections would let the held-out ones tell.`)
}
