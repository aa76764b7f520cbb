import type { Command } from 'commander'
import type { ImportSource } from '#shared/sources.ts'
import type { Split } from '#shared/domain.ts'
import { action, saysItself } from '../action.ts'

interface ImportOptions {
  results?: string
  snapshot?: string
  modelName?: string
  note?: string
  licence?: string
  folder?: string
  coco?: string
  flickr8k?: string
  images?: string
  split: string
  trainList?: string
  devList?: string
  testList?: string
}

/** `capstan import`: a folder, COCO captions or Flickr8k files into a workspace. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('import images, with their captions as references, into a workspace (made where there is none)')
    .argument('<workspace>', 'the workspace’s folder')
    .option('--folder <folder>', 'a folder of images')
    .option('--coco <file>', 'COCO captions JSON')
    .option('--flickr8k <file>', 'Flickr8k token file: name#number<tab>caption')
    .option('--results <file>', 'captions of another captioner (COCO results, a table, …): an external model, matched with the workspace’s images')
    .option('--snapshot <file>', 'a snapshot that a workspace wrote: its texts of the photos that this workspace holds, found by their content')
    .option('--model-name <name>', 'with --results: what the captioner is called')
    .option('--note <text>', 'with --results: what is to be known of it')
    .option('--licence <text>', 'with --results: under which terms its captions stand')
    .option('--images <folder>', 'where the images of --coco or --flickr8k are')
    .option('--split <name>', 'split of all images of --folder or --coco: train, dev, test or none', 'none')
    .option('--train-list <file>', 'Flickr8k: names of the train images')
    .option('--dev-list <file>', 'Flickr8k: names of the dev images')
    .option('--test-list <file>', 'Flickr8k: names of the test images')
    .action(
      action(saysItself, async (signal, workspace: string, options: ImportOptions) => {
        const { inWorkspace, runWorkspaceJob } = await import('../workspace-job.ts')
        if (options.snapshot !== undefined) {
          const { resolve } = await import('node:path')
          const file = resolve(options.snapshot)
          const { snapshot, missing, judged } = await inWorkspace(workspace, (service) => service.call('snapshots.import', { file }))
          console.log(`Snapshot ${snapshot.id}, ${snapshot.name}: ${snapshot.texts} texts of ${snapshot.images} images, ${snapshot.corrections} corrections`)
          if (missing > 0) console.log(`${missing} of its photos are not in this workspace: their texts are left out.`)
          if (judged > 0) console.log(`${judged} of its photos are of dev or test here: their corrections are held out, their other texts left out.`)
          return
        }
        const source = await sourceOf(options)
        const { job, failures } = await runWorkspaceJob({ workspace, create: true, start: (service) => service.call('imports.start', source), signal })
        for (const { subject, reason } of failures) process.stderr.write(`left out ${subject}: ${reason}\n`)
        if (job.failures > failures.length) process.stderr.write(`… and ${job.failures - failures.length} more\n`)
        if (source.kind === 'results') {
          console.log(job.message)
          return
        }
        const { added = 0, updated = 0, moved = 0, references = 0 } = job.result
        console.log(`${job.message}: ${added} new, ${updated} known${moved === 0 ? '' : ` (${moved} of them found at a new place)`}, ${references} references`)
      }),
    )
}

async function sourceOf(options: ImportOptions): Promise<ImportSource> {
  const { resolve } = await import('node:path')
  const { AppError } = await import('#shared/errors.ts')
  const { splits } = await import('#shared/domain.ts')
  const wrong = (happened: string, todo: string): InstanceType<typeof AppError> => new AppError('bad-input', happened, { kept: 'Nothing was imported.', todo })
  const split: Split | undefined = splits.find((name) => name === options.split)
  if (split === undefined) throw wrong(`There is no split “${options.split}”.`, `Use one of ${splits.join(', ')}.`)
  const { folder, coco, flickr8k, images, results, modelName } = options
  if ([folder, coco, flickr8k, results].filter((each) => each !== undefined).length !== 1) {
    throw wrong('An import has one source.', 'Give one of --folder, --coco, --flickr8k and --results.')
  }
  if (results !== undefined) {
    if (modelName === undefined) throw wrong('The captioner has no name.', 'Add --model-name.')
    return { kind: 'results', file: resolve(results), modelName, note: options.note ?? '', licence: options.licence ?? '' }
  }
  if (folder !== undefined) return { kind: 'folder', folder: resolve(folder), split }
  if (images === undefined) throw wrong('The folder of the images is not given.', 'Add --images.')
  const imageRoot = resolve(images)
  if (coco !== undefined) return { kind: 'coco', file: resolve(coco), imageRoot, split }
  const { trainList, devList, testList } = options
  const lists = {
    ...(trainList === undefined ? {} : { train: resolve(trainList) }),
    ...(devList === undefined ? {} : { dev: resolve(devList) }),
    ...(testList === undefined ? {} : { test: resolve(testList) }),
  }
  return { kind: 'flickr8k', captions: resolve(flickr8k ?? ''), imageRoot, lists }
}
