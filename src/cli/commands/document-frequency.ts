import type { Command } from 'commander'
import { action } from '../action.ts'

/** `capstan document-frequency`: the table that gives a per-image CIDEr the same meaning tomorrow. */
export function registerDocumentFrequency(program: Command): void {
  program
    .command('document-frequency')
    .description('build a document-frequency table for CIDEr from reference captions')
    .requiredOption('--references <file>', 'COCO captions JSON')
    .requiredOption('--out <file>', 'the table to write, compressed if it ends in .gz')
    .action(
      action(async (_signal, options: { references: string; out: string }) => {
        const { readReferences } = await import('#engine/metrics/coco-files.ts')
        const { buildDocumentFrequency, saveDocumentFrequency } = await import('#engine/metrics/document-frequency.ts')
        const { tokenizeReferences } = await import('#engine/metrics/evaluate.ts')
        const { captions } = await readReferences(options.references)
        const table = buildDocumentFrequency(tokenizeReferences([...captions.values()].filter((each) => each.length > 0)), 'ptb')
        await saveDocumentFrequency(table, options.out)
        console.log(`${options.out}: table ${table.id}, ${table.images} images, ${table.index.size} n-grams`)
      }),
    )
}
