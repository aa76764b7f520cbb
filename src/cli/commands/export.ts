import type { Command } from 'commander'
import { countOf } from '#shared/domain.ts'
import { action, saysItself } from '../action.ts'
import { wholeNumber } from '../numbers.ts'

interface ExportOptions {
  what: string
  model?: string
  set: string
  format?: string
  with?: string
  snapshot?: number
  textsOf?: number
  state?: string[]
  text?: string
  replace: boolean
}

/** `capstan export`: captions of a workspace in a format that other tools read. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description(
      'write captions of a workspace: a model’s candidates, what was reviewed, corrections or references, in any format that is written; or one of its snapshots',
    )
    .argument('<workspace>', 'the workspace’s folder')
    .argument('<file>', 'the file to write, or the folder for formats that are one')
    .option('--what <texts>', 'candidates, reviewed, corrections or references', 'reviewed')
    .option('--format <id>', 'coco-results, coco-captions, csv, json-lines, karpathy, parquet, sidecar or image-folder (absent: COCO’s)')
    .option('--with <list>', 'what goes with each caption: author,time,state,rating,error_types,before,boxes')
    .option('--model <id>', 'the model whose candidates are meant')
    .option(
      '--snapshot <number>',
      'write this snapshot: its texts, weights and the SHA-256 of each photo; capstan fine-tune and import read it',
      wholeNumber(1),
    )
    .option('--set <name>', 'held-out corrections, dev, test, train or all', 'all')
    .option('--state <state...>', 'only images in these states of review')
    .option('--text <words>', 'only images with these words in name or captions')
    .option('--texts-of <number>', 'the texts as the snapshot of this number froze them, not as they stand', wholeNumber(1))
    .option('--replace', 'overwrite a file that is there already', false)
    .action(
      action(saysItself, async (signal, workspace: string, file: string, options: ExportOptions) => {
        const { resolve } = await import('node:path')
        const { keepHeapSmall } = await import('#engine/jobs/small-heap.ts')
        keepHeapSmall() // before the workspace is opened: what opening takes stays with the process
        const { exportSettingsSchema } = await import('#shared/exchange.ts')
        const { AppError } = await import('#shared/errors.ts')
        const { inWorkspace, runWorkspaceJob } = await import('../workspace-job.ts')
        const { snapshot, replace, state: states, text } = options
        if (snapshot !== undefined) {
          const asked = { snapshotId: snapshot, file: resolve(file), replace }
          const { name, texts, images } = await inWorkspace(workspace, (service) => service.call('snapshots.export', asked))
          console.log(`Wrote the snapshot ${name} to ${resolve(file)}: ${countOf(texts, 'text')} of ${countOf(images, 'image')}`)
          return
        }
        const input = exportSettingsSchema.safeParse({
          what: options.what,
          set: options.set,
          format: options.format,
          details: options.with?.split(',').map((detail) => detail.trim()),
          modelId: options.model ?? null,
          snapshotId: options.textsOf ?? null,
          scope: states === undefined && text === undefined ? {} : { filter: { states, text } },
          file: resolve(file),
          replace,
        })
        if (!input.success) {
          const [issue] = input.error.issues
          throw new AppError('bad-input', `--${issue.path.join('.')}: ${issue.message}.`, { kept: 'No file was written.', cause: input.error })
        }
        const { job } = await runWorkspaceJob({ workspace, create: false, start: (service) => service.call('exports.start', input.data), signal })
        console.log(job.message)
      }),
    )
}
