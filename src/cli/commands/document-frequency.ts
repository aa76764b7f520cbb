import type { Command } from 'commander'
import { action } from '../action.ts'

interface DocumentFrequencyOptions {
  replace: boolean
  references?: string
  workspace?: string
  out?: string
  use?: string
}

/** `capstan document-frequency`: the table that gives a per-image CIDEr the same meaning tomorrow, built, taken out of a workspace or put into one. */
export function registerDocumentFrequency(program: Command): void {
  program
    .command('document-frequency')
    .description('build a document-frequency table for CIDEr from reference captions, or take one out of a workspace or into it')
    .option('--references <file>', 'COCO captions JSON to count over')
    .option('--workspace <folder>', 'instead: the workspace whose table is meant')
    .option('--out <file>', 'the table to write, compressed if it ends in .gz')
    .option('--replace', 'overwrite a file that is there already', false)
    .option('--use <file>', 'the table that the workspace shall score with from now on')
    .action(action('Nothing was written.', documentFrequency))
}

async function documentFrequency(_signal: AbortSignal, options: DocumentFrequencyOptions): Promise<void> {
  const { references, workspace, out, use, replace } = options
  const { AppError } = await import('#shared/errors.ts')
  if (references !== undefined && workspace === undefined && out !== undefined) return build(references, out, replace)
  if (workspace === undefined || references !== undefined || (out === undefined) === (use === undefined)) {
    const todo = 'Give --references and --out to build a table, --workspace and --out to export one, --workspace and --use to import one.'
    throw new AppError('bad-input', 'It is not clear what shall be done.', { kept: 'Nothing was written.', todo })
  }
  const { resolve } = await import('node:path')
  const { inWorkspace } = await import('../workspace-job.ts')
  await inWorkspace(workspace, async (service) => {
    if (out !== undefined) {
      const { id, images } = await service.call('scores.exportTable', { file: resolve(out), replace })
      console.log(`${out}: table ${id}, ${images} images`)
    } else if (use !== undefined) {
      const table = await service.call('scores.useTable', { file: resolve(use) })
      console.log(`${workspace} scores with table ${table?.id ?? 'none'} of ${table?.images ?? 0} images from now on`)
    }
  })
}

async function build(references: string, out: string, replace: boolean): Promise<void> {
  const { requireOutput } = await import('#engine/files/output-place.ts')
  requireOutput(out, { inputs: [references], replace })
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { buildDocumentFrequency, saveDocumentFrequency } = await import('#engine/metrics/document-frequency.ts')
  const { tokenizeReferences } = await import('#engine/metrics/evaluate.ts')
  const { captions } = await readReferences(references)
  const table = buildDocumentFrequency(tokenizeReferences([...captions.values()].filter((each) => each.length > 0)), 'ptb')
  await saveDocumentFrequency(table, out)
  console.log(`${out}: table ${table.id}, ${table.images} images, ${table.index.size} n-grams`)
}
