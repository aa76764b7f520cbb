/** The failure measures that `capstan score --failures` prints and writes. */
import type { ChairReport } from '#engine/metrics/failures/chair.ts'
import type { FailureReport } from '#engine/metrics/failures/failures.ts'
import type { ImageToScore } from '#engine/metrics/score-corpus.ts'
import { overstates } from '#shared/failures.ts'
import { decimals, table } from './scoring.ts'

export interface FailureOptions {
  instances?: string
  training?: string
}

export interface Failures {
  report: FailureReport
  chair: ChairReport
}

/** Measures what goes wrong, with the files that sharpen the measures where they are given. */
export async function measureFailures(images: readonly ImageToScore[], options: FailureOptions): Promise<Failures> {
  const { readInstances } = await import('#engine/datasets/instances.ts')
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { chair } = await import('#engine/metrics/failures/chair.ts')
  const { countTraining, failureReport } = await import('#engine/metrics/failures/failures.ts')
  const { ptbTokenizeCorpus } = await import('#engine/text/ptb-tokenizer.ts')
  const instances = options.instances === undefined ? undefined : await readInstances(options.instances)
  if (options.training === undefined) return { report: failureReport(images), chair: chair(images, instances) }
  const { captions } = await readReferences(options.training)
  const training = countTraining(ptbTokenizeCorpus([...captions.values()].flat()))
  return { report: failureReport(images, training), chair: chair(images, instances) }
}

/** The measures as a table for people. */
export function failureTable({ report, chair }: Failures): string {
  const percent = (share: number | null): string => (share === null ? 'not known' : `${(100 * share).toFixed(1)} %`)
  const range = (least: number, most: number | null): string => {
    if (most === null) return `${least} times or more`
    return most === 0 ? 'never' : `${least} to ${most} times`
  }
  const source = report.frequencies === 'training' ? 'in training' : 'in the references'
  return table([
    ['failures', ''],
    ['words a caption (references)', `${report.length.candidateMean.toFixed(2)} (${report.length.referenceMean.toFixed(2)})`],
    ['brevity ratio of BLEU', decimals(report.length.brevityRatio)],
    ['captions with a word twice in a row', percent(report.repeatedWordShare)],
    ['captions with a repeated trigram', percent(report.repeatedTrigramShare)],
    ['captions with a bad ending', percent(report.badEndingShare)],
    ['captions not in training', percent(report.novelShare)],
    ['distinct words (references)', `${report.vocabulary.candidates} (${report.vocabulary.references})`],
    ['known words never said', percent(report.vocabulary.neverSaidShare)],
    ...report.rareWords.map(({ least, most, recall, words }) => [`recall of words seen ${range(least, most)} ${source}`, `${percent(recall)} of ${words}`]),
    [`CHAIRi, ${chair.basis}`, percent(chair.chairI)],
    [`CHAIRs, ${chair.basis}`, percent(chair.chairS)],
  ]).concat(chair.basis === 'instances and references' ? '' : `\n${overstates}`)
}

/** The measures as JSON, without the lists by image. */
export function failuresAsJson({ report: { perImage: _failures, ...report }, chair: { perImage: _objects, ...chair } }: Failures): unknown {
  return { ...report, chair }
}
