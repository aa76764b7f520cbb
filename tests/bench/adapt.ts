/**
 * `npm run bench -- adapt`: the loop's promise. Corrected photos go through the fine-tuning that the app runs, and the model is judged before and after
 * on photos of the same kind that nothing learned from, and elsewhere. Prints one table with 95 % intervals over photos and seeds. Every run's
 * result is a file in .cache/adapt/cells under the name of its full settings: a second call runs only what is missing.
 *
 * --parent small|shipped (both, with a comma): a small base that learned Flickr8k without the theme (trained once), or the captioner that ships.
 * --themes: words of captions; `mixed`: random photos that the parent has not learned from; `coco`: the COCO photos, in four folds.
 * --corrections 25,50,…; --seeds N; --first-seed N: trials choose by seeds that no table reports; --choose random|queue;
 * --annotator any|nearest: a photo is corrected to one of its captions, or to the one nearest to what the parent says; --recipe JSON of what differs from the app's defaults; --elsewhere N photos at most;
 * --base-photos, --base-epochs, --threads; --stored: only the table of what is there.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ensureEncoders } from '../../scripts/build-encoder.ts'
import { annotators, choices, plannedCells, storedResult, storeResult } from '../support/adaptation/cells.ts'
import { runCell } from '../support/adaptation/run-cell.ts'
import { parents, readPhotos } from '../support/adaptation/situations.ts'
import { markdown, rowsOf, type Finished } from '../support/adaptation/table.ts'

const listOf = <Schema extends z.ZodType>(item: Schema) =>
  z.preprocess(
    (text) =>
      String(text)
        .split(',')
        .map((part) => part.trim()),
    z.array(item).min(1),
  )

const optionsSchema = z.object({
  parent: listOf(z.enum(parents)),
  themes: listOf(z.string().min(1)),
  corrections: listOf(z.coerce.number().int().min(5)),
  seeds: z.coerce.number().int().min(1),
  'first-seed': z.coerce.number().int().min(1),
  choose: z.enum(choices),
  annotator: z.enum(annotators),
  recipe: z.string().transform((text): unknown => JSON.parse(text)),
  elsewhere: z.coerce.number().int().min(1),
  'base-photos': z.coerce.number().int().min(1),
  'base-epochs': z.coerce.number().int().min(1),
  threads: z.coerce.number().int().min(1),
  stored: z.boolean(),
})

export async function run(args: string[]): Promise<string> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      parent: option('shipped'),
      themes: option('coco,mixed'),
      corrections: option('200'),
      seeds: option('3'),
      'first-seed': option('1'),
      choose: option('random'),
      annotator: option('any'),
      recipe: option('{}'),
      elsewhere: option('1000'),
      'base-photos': option('4000'),
      'base-epochs': option('3'),
      threads: option(String(availableParallelism())),
      stored: { type: 'boolean', default: false },
    },
  })
  const { parent, themes, corrections, seeds, choose: choice, annotator, recipe, elsewhere, threads, stored, ...base } = optionsSchema.parse(values)
  const cells = plannedCells({
    parents: parent,
    themes,
    corrections,
    seeds,
    firstSeed: base['first-seed'],
    choice,
    annotator,
    recipe,
    elsewhere,
    basePhotos: base['base-photos'],
    baseEpochs: base['base-epochs'],
  })
  await ensureEncoders()
  const photos = await readPhotos()
  const finished: Finished[] = []
  for (const [index, cell] of cells.entries()) {
    const before = await storedResult(cell)
    if (before === undefined && stored) continue
    const result = before ?? (await runCell(cell, photos, threads))
    if (before === undefined) await storeResult(cell, result)
    finished.push({ cell, result })
    if (before === undefined) process.stderr.write(`${index + 1} of ${cells.length} runs\n${markdown(rowsOf(finished))}\n`)
  }
  return markdown(rowsOf(finished))
}
