import type { Command } from 'commander'
import { action, saysItself } from '../action.ts'
import { wholeNumber } from '../numbers.ts'

interface ExportOptions {
  what: string
  model?: string
  set: string
  snapshot?: number
  replace: boolean
}

/** `capstan export`: captions of a workspace as COCO files, or one of its snapshots. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write captions of a workspace: COCO results of a model or of the reviewed texts, COCO captions of the corrections, or a snapshot')
    .argument('<workspace>', 'the workspace’s folder')
    .argument('<file>', 'the JSON file to write')
    .option('--what <texts>', 'candidates, reviewed or corrections', 'reviewed')
    .option('--model <id>', 'the model whose candidates are meant')
    .option(
      '--snapshot <number>',
      'write this snapshot: its texts, weights and the SHA-256 of each photo; capstan fine-tune and import read it',
      wholeNumber(1),
    )
    .option('--set <name>', 'held-out corrections, dev, test, train or all', 'all')
    .option('--replace', 'overwrite a file that is there already', false)
    .action(
      action(saysItself, async (signal, workspace: string, file: string, options: ExportOptions) => {
        const { resolve } = await import('node:path')
        const { contract } = await import('#shared/api.ts')
        const { AppError } = await import('#shared/errors.ts')
        const { inWorkspace, runWorkspaceJob } = await import('../workspace-job.ts')
        const { snapshot: snapshotId, replace } = options
        if (snapshotId !== undefined) {
          const asked = { snapshotId, file: resolve(file), replace }
          const { name, texts, images } = await inWorkspace(workspace, (service) => service.call('snapshots.export', asked))
          console.log(`Wrote the snapshot ${name} to ${resolve(file)}: ${texts} texts of ${images} images`)
          return
        }
        const input = contract.exports.start.input.safeParse({
          what: options.what,
          set: options.set,
          modelId: options.model ?? null,
          file: resolve(file),
          replace: options.replace,
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
