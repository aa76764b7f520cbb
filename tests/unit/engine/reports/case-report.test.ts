import { describe, expect, test } from 'vitest'
import { caseReportPage, type CaseReport } from '#engine/reports/case-report.ts'
import type { CasePage, CaseVerdict } from '#shared/cases/cases.ts'

const side = { photos: 40, before: 0.2, after: 0.5, difference: 0.3, low: 0.2, high: 0.4 }
const verdict: CaseVerdict = {
  modelId: 'later',
  verdict: 'better',
  reason: 'It gained on 40 photos of the case.',
  inside: side,
  elsewhere: { ...side, photos: 100, after: 0.21, difference: 0.01, low: -0.01, high: 0.03 },
  learned: 3,
  lost: [{ imageId: 2, fileName: 'b.jpg', before: 'a <b>cat</b>', after: 'a dog', difference: -0.4, inside: false }],
}
const casePage: CasePage = {
  id: 1,
  name: 'Snow & <i>ice</i>',
  note: 'Never <script>shown</script> snow',
  filters: [{ by: 'reference-word', word: 'snowy' }],
  modelId: 'first',
  set: 'all',
  metric: 'CIDEr',
  author: 'Ada',
  createdAt: '2026-01-02T00:00:00.000Z',
  listId: 1,
  photos: 80,
  judging: 43,
  listed: 37,
  decided: 30,
  corrected: 25,
  verdict: null,
  found: { images: 80, mean: 0.2, interval: { low: 0.1, high: 0.3 }, rest: 0.6, difference: { value: -0.4, low: -0.5, high: -0.3 } },
  worst: [{ imageId: 1, fileName: 'a.jpg', caption: 'a <u>field</u>', references: ['a snowy field'], score: 0.01, kinds: [], invented: [], other: null }],
  snapshots: [{ snapshot: { id: 1, name: 'Frozen', images: 9, texts: 9, corrections: 9, heldOut: 2, createdAt: '2026-01-03T00:00:00.000Z' }, corrections: 7 }],
  models: [{ modelId: 'later', name: 'Later', snapshotId: 1, taught: true, scored: true }],
}
const names = new Map([
  ['first', 'First'],
  ['later', 'Later'],
])
const written = (changed: Partial<CaseReport> = {}): string =>
  caseReportPage({ page: casePage, verdicts: [verdict], names, pictures: new Map([[1, Uint8Array.of(1, 2, 3)]]), madeAt: '2026-01-04', ...changed })
    .replaceAll(/<\/?bdi>/g, '')
    .replaceAll(/\s+/g, ' ')

describe('the report of a case', () => {
  test('tells what was wrong, what was done, and whether it is gone, with the figures of its page', () => {
    const page = written()
    for (const told of [
      '0.200',
      '0.600',
      '37 photos: 30 decided, 25 of them corrected',
      'Frozen, 2026-01-03: 7 corrections',
      'Later: Fixed',
      '+0.300',
      '+0.010',
      'a snowy field',
    ])
      expect(page).toContain(told)
    expect(page).toContain('3 judging photos left out: a model learned from them.')
    expect(page).toContain('This case is open.')
    expect(page).toContain('data:image/webp;base64,AQID')
  })

  test('says first how it was closed', () => {
    const page = written({ page: { ...casePage, verdict: { ...verdict, author: 'Ada', keptAt: '2026-01-04T00:00:00.000Z' } } })
    expect(page.indexOf('Fixed: Later. It gained on 40 photos')).toBeGreaterThan(0)
    expect(page.indexOf('Fixed: Later. It gained on 40 photos')).toBeLessThan(page.indexOf('What was wrong'))
  })

  test('takes no text of photos, people or models for markup', () => {
    const page = written()
    for (const markup of ['<i>ice', '<script>', '<b>cat', '<u>field']) expect(page).not.toContain(markup)
    expect(page).toContain('a &lt;b&gt;cat&lt;/b&gt;')
  })

  test('without a model to judge says so', () => {
    expect(written({ verdicts: [] })).toContain('No other model is scored on this set.')
  })
})

test('a gain of which only the cost is unknown is told as one', () => {
  const unknown = { ...verdict, verdict: 'unclear' as const }
  expect(written({ verdicts: [unknown] })).toContain('Later: Better here; what it cost elsewhere cannot be told')
  expect(written({ verdicts: [{ ...unknown, inside: { ...side, low: -0.1 } }] })).toContain('Later: Cannot be told yet')
})
