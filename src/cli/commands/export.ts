import type { Command } from 'commander'
import { action } from '../action.ts'

interface ExportOptions {
  what: string
  model?: string
  set: string
  replace: boolean
}

/** `capstan export`: captions of a workspace as COCO files. */
export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write captions of a workspace: COCO results of a model or of the reviewed texts, or COCO captions of the corrections')
    .argument('<workspace>', 'the workspace’s folder')
    .argument('<file>', 'the JSON file to write')
    .option('--what <texts>', 'candidates, reviewed or corrections', 'reviewed')
    .option('--model <id>', 'the model whose candidates are meant')
    .option('--set <name>', 'held-out corrections, dev, test, train or all', 'all')
    .option('--replace', 'overwrite a file that is there already', false)
    .action(
      action(async (signal, workspace: string, file: string, options: ExportOptions) => {
        const { resolve } = await import('node:path')
        const { contract } = await import('#shared/api.ts')
        const { AppError } = await import('#shared/errors.ts')
        const { runWorkspaceJob } = await import('../workspace-job.ts')
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
