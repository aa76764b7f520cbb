import type { Command } from 'commander'
import { countOf } from '#shared/domain.ts'
import type { ImportPreview, ImportSource } from '#shared/exchange.ts'
import { action, saysItself } from '../action.ts'
import type { ImportOptions } from '../import-source.ts'

/** `capstan import`: a folder of photos, or captions in any format that Capstan reads, into a workspace. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('import images with their captions, another captioner’s captions, or what people wrote elsewhere, into a workspace (made where there is none)')
    .argument('<workspace>', 'the workspace’s folder')
    .option('--folder <folder>', 'a folder of images')
    .option(
      '--captions <file>',
      'captions with their images, in any format that Capstan reads: it is recognised by its content; or a folder of shards, or of photos with texts beside them',
    )
    .option('--coco <file>', 'the same, for a COCO captions JSON')
    .option('--flickr8k <file>', 'the same, for a Flickr8k token file: name#number<tab>caption')
    .option('--results <file>', 'captions of another captioner: an external model, matched with the workspace’s images')
    .option('--references <file>', 'further references of the workspace’s images')
    .option('--corrections <file>', 'corrections of the workspace’s images; what somebody decided here stays')
    .option('--drafts <file>', 'drafts for the workspace’s images; what somebody decided here stays')
    .option('--instances <file>', 'objects and boxes of the workspace’s images (COCO instances): CHAIR and Failures then know what is in them')
    .option('--snapshot <file>', 'a snapshot that a workspace wrote: its texts of the photos that this workspace holds, found by their content')
    .option('--model-name <name>', 'with --results: what the captioner is called')
    .option('--note <text>', 'with --results: what is to be known of it')
    .option('--licence <text>', 'with --results: under which terms its captions stand')
    .option('--images <folder>', 'where the images of --captions are')
    .option('--split <name>', 'split of images whose own no file says: train, dev, test or none', 'none')
    .option('--train-list <file>', 'names of the train images')
    .option('--dev-list <file>', 'names of the dev images')
    .option('--test-list <file>', 'names of the test images')
    .option('--format <id>', 'what the file is read as, where its content does not tell')
    .option('--columns <list>', 'which columns of a table are meant: photo=…,id=…,caption=…,author=…,split=…')
    .option('--caption-is <what>', 'of text files beside photos: a caption is a whole file, or each line: file or line')
    .option('--unpack-to <folder>', 'write the photos inside of tar and Parquet files into this new folder, and import them from there')
    .option('--encoding <name>', 'convert the file from utf-16le, utf-16be or windows-1252')
    .option('--marked', 'take captions too that their data set marks as rejected or precanned', false)
    .option('--preview', 'say what would come in and what not; write nothing', false)
    .action(
      action(saysItself, async (signal, workspace: string, options: ImportOptions & { preview: boolean; snapshot?: string }) => {
        if (options.snapshot !== undefined) {
          await importSnapshot(workspace, options.snapshot)
          return
        }
        const { keepHeapSmall } = await import('#engine/jobs/small-heap.ts')
        keepHeapSmall() // before the workspace is opened: what opening takes stays with the process
        const { importSourceOf } = await import('../import-source.ts')
        const source = await importSourceOf(options)
        if (options.preview) await preview(workspace, source)
        else await run(workspace, source, signal)
      }),
    )
}

async function importSnapshot(workspace: string, path: string): Promise<void> {
  const { resolve } = await import('node:path')
  const { inWorkspace } = await import('../workspace-job.ts')
  const { snapshot, missing, judged } = await inWorkspace(workspace, (service) => service.call('snapshots.import', { file: resolve(path) }))
  console.log(
    `Snapshot ${snapshot.id}, ${snapshot.name}: ${countOf(snapshot.texts, 'text')} of ${countOf(snapshot.images, 'image')}, ${countOf(snapshot.corrections, 'correction')}`,
  )
  if (missing > 0) console.log(`${missing} of its photos are not in this workspace: their texts are left out.`)
  if (judged > 0) console.log(`${judged} of its photos are of dev or test here: their corrections are held out, their other texts left out.`)
}

async function run(workspace: string, source: ImportSource, signal: AbortSignal): Promise<void> {
  const { runWorkspaceJob } = await import('../workspace-job.ts')
  const { job, failures } = await runWorkspaceJob({ workspace, create: true, start: (service) => service.call('imports.start', source), signal })
  tellLeftOut(failures, job.failures)
  if (source.kind !== 'folder' && source.kind !== 'captions') {
    console.log(job.message)
    return
  }
  const { added = 0, updated = 0, moved = 0, references = 0 } = job.result
  console.log(
    `${job.message}: ${added} new, ${updated} known${moved === 0 ? '' : ` (${moved} of them found at a new place)`}, ${countOf(Number(references), 'reference')}`,
  )
}

async function preview(workspace: string, source: ImportSource): Promise<void> {
  const { inWorkspace } = await import('../workspace-job.ts')
  const told = await inWorkspace(workspace, (service) => service.call('imports.preview', source))
  tellLeftOut(told.reasons.slice(0, 20), told.leftOut)
  console.log(
    `${told.format}: ${countOf(told.photos, 'photo')}${told.fresh === 0 ? '' : ` (${told.fresh} new)`}, ${countOf(told.captions, 'caption')}${told.boxes === 0 ? '' : `, ${countOf(told.boxes, 'object')}`}${modelsOf(told)}`,
  )
  const { markedAmong } = await import('#engine/workspace/import/left-out.ts')
  if (told.leftOut > 0) console.log(`${told.leftOut} left out${markedAmong(told)}`)
  console.log('Nothing was written.')
}

function modelsOf({ models }: ImportPreview): string {
  return models.map(({ name, images, known, version }) => `; ${name}, version ${version} (${known}): ${countOf(images, 'photo')}`).join('')
}

function tellLeftOut(reasons: readonly { subject: string; reason: string }[], count: number): void {
  for (const { subject, reason } of reasons) process.stderr.write(`left out ${subject}: ${reason}\n`)
  if (count > reasons.length) process.stderr.write(`… and ${count - reasons.length} more\n`)
}
