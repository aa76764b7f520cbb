/** A case's verdict as a person reads it. */
import type { Verdict } from '../fine-tuning.ts'
import { metricTitle } from '../metrics/table.ts'
import type { FigureTable } from '../tables/written-table.ts'
import type { Case, CaseVerdict } from './cases.ts'

const titles: Record<Verdict, string> = {
  better: 'Fixed',
  traded: 'Fixed, and worse elsewhere',
  unclear: 'Cannot be told yet',
  worse: 'Not fixed: it got worse',
}

/** A gain of which only the cost is unknown is told as one. */
export function verdictTitle({ verdict, inside }: Pick<CaseVerdict, 'verdict' | 'inside'>): string {
  return verdict === 'unclear' && inside !== null && inside.low > 0 ? 'Better here; what it cost elsewhere cannot be told' : titles[verdict]
}

/** Every judged model with the photos of the case and the others, before, after and the difference. */
export function verdictTable(one: Case, verdicts: readonly CaseVerdict[], nameOf: (modelId: string) => string): FigureTable {
  const title = metricTitle(one.metric)
  const number = (name: string, signed = false) => ({ title: name, kind: 'number' as const, signed })
  return {
    columns: [
      { title: 'Model', kind: 'text' },
      { title: 'Verdict', kind: 'text' },
      { ...number('Photos'), digits: 0 },
      number(`${title} before`),
      number('after'),
      number('difference', true),
      { ...number('Others'), digits: 0 },
      number('difference elsewhere', true),
    ],
    rows: verdicts.map(({ modelId, verdict, inside, elsewhere }) => [
      nameOf(modelId),
      verdictTitle({ verdict, inside }),
      inside?.photos ?? null,
      inside?.before ?? null,
      inside?.after ?? null,
      inside === null ? null : { value: inside.difference, interval: inside },
      elsewhere?.photos ?? null,
      elsewhere === null ? null : { value: elsewhere.difference, interval: elsewhere },
    ]),
    note: `Beside ${nameOf(one.modelId)}, on photos that neither model learned from. In brackets: 95 % intervals of the paired bootstrap over photos.`,
  }
}
