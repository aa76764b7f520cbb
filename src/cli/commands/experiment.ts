import { basename, extname, join } from 'node:path'
import type { Command } from 'commander'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'
import type { DataPaths } from '#engine/experiments/recipe.ts'
import type { Progress } from '../progress.ts'

interface ExperimentOptions {
  out?: string
  encoders: string
  features: string
  meteor?: string
  captions?: string
  images?: string
  trainList?: string
  devList?: string
  shard?: string
  mark?: string
  report?: string
  replace: boolean
  tableOnly: boolean
  threads: number
}

/** `capstan experiment`: a grid of encoders, captioners, training recipes and seeds in; one table with intervals and plots out. */
export function registerExperiment(program: Command): void {
  program
    .command('experiment')
    .description('train and judge every cell of a grid (encoder × captioner × recipe × seed); goes on where it stopped')
    .argument('<recipe>', 'experiment recipe JSON, for example recipes/experiments/flickr8k-encoders-captioners.json')
    .option('--captions <file>', 'Flickr8k token file or COCO captions JSON')
    .option('--images <folder>', 'where the photos are')
    .option('--train-list <file>', 'names of the photos to learn from, one a line')
    .option('--dev-list <file>', 'names of the photos to choose and to judge by, one a line: a quarter chooses checkpoints, the others judge')
    .option('--out <folder>', 'the experiment’s folder, begun or gone on with (default: experiments/<name of the recipe’s file>)')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--meteor <path>', 'METEOR’s folder, resources/ or meteor-1.5.jar; without it WordNet 3.1 stands in, under a name of its own')
    .option('--shard <i/n>', 'run only every n-th cell, from the i-th on, beside others in one folder that all see; auto: by the Slurm array’s task')
    .option('--report <file>', 'write one HTML file for a colleague: tables, plots, the command')
    .option('--replace', 'overwrite a report that is there already', false)
    .option('--table-only', 'run nothing: write the table of what is there', false)
    .option('--mark <file>', 'write an empty file once all is done, for whoever waits for it')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0), 0)
    .action(action('Finished cells are kept, and the one in hand goes on from its checkpoint.', experiment))
}

async function experiment(signal: AbortSignal, file: string, options: ExperimentOptions): Promise<void> {
  const { readExperimentRecipe, withData } = await import('#engine/experiments/recipe.ts')
  const { runExperiment } = await import('#engine/experiments/run-experiment.ts')
  const { experimentLayout } = await import('#engine/workspace/experiments/experiment-layout.ts')
  const { parseShard } = await import('#engine/shards/shard.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { progressBar } = await import('../progress.ts')

  const { requireReportName } = await import('../reports/comparison-file.ts')
  const reportRules = { inputs: [file], replace: options.replace }
  requireReportName(options.report)
  requireOutputs([options.report], reportRules)
  const { captions, images, trainList, devList } = options
  const given = {
    ...(captions === undefined ? {} : { captions }),
    ...(images === undefined ? {} : { images }),
    ...(trainList === undefined ? {} : { trainList }),
    ...(devList === undefined ? {} : { devList }),
  }
  const shard = options.shard === undefined ? undefined : parseShard(options.shard, process.env)
  const mine = options.tableOnly ? () => false : shard && ((place: number) => place % shard.count === shard.index - 1)
  const folder = options.out ?? join('experiments', basename(file, extname(file)))
  const started = Date.now()
  let bar: Progress | undefined
  const say = (text: string): void => {
    bar?.stop()
    console.log(`[${((Date.now() - started) / 60000).toFixed(1)} min] ${text}`)
  }
  const report = await runExperiment({
    ...withData(await readExperimentRecipe(file), given),
    folder,
    command: commandLine(file, given),
    ...(options.meteor === undefined ? {} : { meteor: { resources: options.meteor } }),
    encoderRoots: [options.encoders],
    featureFolder: options.features,
    session: { threads: options.threads },
    ...(mine === undefined ? {} : { mine }),
    signal,
    tell: {
      cell: ({ id }, position, total) => say(`cell ${position} of ${total}: ${id}`),
      stage(title) {
        bar?.stop()
        bar = progressBar(title)
      },
      progress: (done, total, note) => bar?.update(done, total, note),
      note: say,
      report: () => undefined,
    },
  })
  bar?.stop()
  const failed = report.cells.filter(({ state }) => state === 'failed')
  for (const { cell, error } of failed) process.stderr.write(`${cell.id} failed: ${error?.happened ?? ''} ${error?.todo ?? ''}\n`)
  const done = report.cells.filter(({ state }) => state === 'done').length
  console.log(`${done} of ${report.cells.length} cells are done: ${experimentLayout(folder).results.markdown}`)
  if (options.report !== undefined) {
    const { experimentReportPage } = await import('#engine/experiments/report-page.ts')
    await writeOutput(options.report, await experimentReportPage(folder), reportRules)
  }
  const own = report.cells.filter((_cell, place) => mine?.(place) ?? true)
  if (own.some(({ state }) => state === 'failed')) process.exitCode = 1
  else if (options.mark !== undefined) await writeOutput(options.mark, '', { replace: true })
}

const flags: Record<keyof DataPaths, string> = { captions: '--captions', images: '--images', trainList: '--train-list', devList: '--dev-list' }

/** The command that repeats it, data by the last parts of its paths. */
function commandLine(file: string, paths: DataPaths): string {
  const words = Object.entries(flags).flatMap(([name, flag]) => {
    const path = paths[name as keyof DataPaths]
    return path === undefined ? [] : [flag, basename(path)]
  })
  return ['capstan experiment', file, ...words].join(' ')
}
