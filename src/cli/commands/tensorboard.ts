import type { Command } from 'commander'
import { action } from '../action.ts'

interface TensorboardOptions {
  replace: boolean
}

/** `capstan tensorboard`: curves of training runs as event files. */
export function registerTensorboard(program: Command): void {
  program
    .command('tensorboard')
    .description('write the curves of training runs as TensorBoard event files, a folder a run')
    .argument('<runs>', 'a run’s curve.jsonl, its folder of checkpoints, or the folder of an experiment')
    .argument('<folder>', 'where the runs’ folders go: what TensorBoard takes as its log folder')
    .option('--replace', 'overwrite event files that are there already', false)
    .action(action('Files that were written until then are kept.', tensorboard))
}

async function tensorboard(_signal: AbortSignal, runs: string, folder: string, { replace }: TensorboardOptions): Promise<void> {
  const { mkdir, stat } = await import('node:fs/promises')
  const { dirname, join } = await import('node:path')
  const { readCurve } = await import('#engine/training/runs/curve.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { scoreScalars, stepScalars } = await import('#engine/tensorboard/curve-scalars.ts')
  const { eventFile, eventFileName } = await import('#engine/tensorboard/events.ts')
  const found = await curvesOf(runs)
  const planned = await Promise.all(
    found.map(async ({ name, file }) => {
      // A run has one file, whenever it is written: its time is that of the curve.
      const time = (await stat(file)).mtimeMs / 1000
      return { name, file, time, out: join(folder, name, eventFileName(time)) }
    }),
  )
  const rules = { inputs: found.map(({ file }) => file), replace }
  requireOutputs(
    planned.map(({ out }) => out),
    rules,
  )
  for (const { name, file, time, out } of planned) {
    const steps = (await readCurve(file, Infinity)).map((point) =>
      point.kind === 'evaluation' ? scoreScalars(point) : stepScalars({ ...point, speed: point.tokensPerSecond }),
    )
    await mkdir(dirname(out), { recursive: true })
    await writeOutput(out, eventFile(steps, time), rules)
    console.log(`${name}: ${steps.length} points in ${out}`)
  }
}

/** The curves of a file, of a run (its stages, where it has some), or of an experiment's cells. @throws AppError `not-found` */
async function curvesOf(runs: string): Promise<{ name: string; file: string }[]> {
  const { readdir, stat } = await import('node:fs/promises')
  const { existsSync } = await import('node:fs')
  const { basename, dirname, join, resolve } = await import('node:path')
  const { AppError } = await import('#shared/errors.ts')
  const { experimentLayout } = await import('#engine/workspace/experiments/experiment-layout.ts')
  const place = resolve(runs)
  if ((await stat(place)).isFile()) return [{ name: basename(dirname(place)), file: place }]
  const own = join(place, 'curve.jsonl')
  if (existsSync(own)) return [{ name: basename(place), file: own }]
  const layout = experimentLayout(place)
  const cells = join(place, 'cells')
  const inside = existsSync(cells) ? cells : place
  const names = (await readdir(inside, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const found = names.sort().flatMap((name) => {
    const { curve, growingCurve } = layout.cell(name)
    const files = inside === cells ? [curve, growingCurve] : [join(place, name, 'curve.jsonl')]
    const file = files.find((each) => existsSync(each))
    return file === undefined ? [] : [{ name, file }]
  })
  if (found.length > 0) return found
  throw new AppError('not-found', `There is no curve of a training run in ${runs}.`, {
    kept: 'Nothing was written.',
    todo: 'Name a folder of checkpoints, or the folder of an experiment.',
  })
}
