import { requireOutputs, writeOutput } from '#engine/files/output-place.ts'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { RankAgreement } from '#engine/metrics/statistics/kendall.ts'
import type { FigureTable } from '#shared/tables/written-table.ts'
import { action } from '../../action.ts'
import { between, decimals, evaluateWithProgress, evaluationSettings, table, withScoringOptions } from '../../scoring.ts'
import type { ScoringOptions } from '../../scoring.ts'
import { wholeNumber } from '../../numbers.ts'
import { requireTableFormat, tableOption, writeTableFile } from '../../table-output.ts'

interface AgreementOptions extends ScoringOptions {
  keepOwn: boolean
  json?: string
  table?: string
  replace: boolean
}

interface Row extends RankAgreement {
  metric: string
}

/** `capstan agreement`: which metric to believe, by how far it puts captions in the order that people do. */
export function registerAgreement(program: Command): void {
  const description = 'each metric’s agreement with people’s ratings of captions: Kendall’s τ-b and τ-c with intervals over photos'
  withScoringOptions(program.command('agreement').description(description), 'token file (Flickr8k’s layout): the references, and the captions that were rated')
    .argument('<ratings>', 'ratings (Flickr8k-Expert’s layout): photo, file#number, ratings, parted by tabs')
    .option('--keep-own', 'keep captions that are references of the photo they were rated with', false)
    .option('--json <file>', 'write the agreement as JSON')
    .option('--table <file>', tableOption)
    .option('--replace', 'overwrite files that are there already', false)
    .option('--bootstrap <n>', 'resamples of photos', wholeNumber(1, 1_000_000), 1000)
    .action(action('Nothing was written.', agreement))
}

async function agreement(signal: AbortSignal, ratings: string, options: AgreementOptions): Promise<void> {
  const { readRatings, readTokenFile } = await import('#engine/datasets/human-ratings.ts')
  const { agreements, judgesAgreement, matchRatings } = await import('#engine/metrics/agreement.ts')
  const rules = { inputs: [options.references, ratings, options.documentFrequency], replace: options.replace }
  requireOutputs([options.json, options.table], rules)
  requireTableFormat(options.table)
  const settings = await evaluationSettings(options, signal)
  const { pairs, own } = matchRatings(await readRatings(ratings), await readTokenFile(options.references), { keepOwn: options.keepOwn })
  const evaluation = await evaluateWithProgress({ ...settings, images: pairs }, 'Scoring')
  const bootstrap = { resamples: options.bootstrap, seed: options.seed }
  const metrics = agreements(pairs, evaluation.perImage, Object.keys(evaluation.corpus), bootstrap)
  const judges = judgesAgreement(pairs, bootstrap)
  const rows: Row[] = judges === null ? metrics : [...metrics, { metric: 'one judge with the others', ...judges }]

  console.log(table([['metric', 'τ-b', '95% interval', 'τ-c', '95% interval'], ...rows.map(printed)]))
  const photos = new Set(pairs.map(({ photo }) => photo)).size
  const given = pairs.reduce((sum, pair) => sum + pair.ratings.length, 0)
  const left = own === 0 ? '' : `; ${own} left out, being references of their photo`
  const note = `${given} ratings of ${pairs.length} captions of ${photos} photos${left}; ${options.bootstrap} resamples of photos, seed ${options.seed}`
  console.log(note)
  await writeTableFile(options.table, { ...figures(rows), note }, rules)
  if (options.json !== undefined) {
    const report = {
      metrics: Object.fromEntries(metrics.map(({ metric, ...rest }) => [metric, rest])),
      judges,
      ratings: given,
      captions: pairs.length,
      photos,
      ownReferencesLeftOut: own,
      provenance: { ...evaluation.provenance, references: basename(options.references), ratings: basename(ratings), ...bootstrap },
    }
    await writeOutput(options.json, `${JSON.stringify(report, null, 2)}\n`, rules)
  }
}

function printed({ metric, tauB, tauC }: Row): string[] {
  return [metric, ...[tauB, tauC].flatMap((tau) => (tau === null ? ['–', ''] : [decimals(tau.value), between(tau)]))]
}

function figures(rows: readonly Row[]): FigureTable {
  const tau = (title: string): FigureTable['columns'][number] => ({ title, kind: 'number', digits: 3 })
  return {
    columns: [{ title: 'metric', kind: 'text' }, tau('τ-b'), tau('τ-c')],
    rows: rows.map(({ metric, tauB, tauC }) => [metric, ...[tauB, tauC].map((each) => (each === null ? null : { value: each.value, interval: each }))]),
  }
}
