/** CHAIR by references alone counts what nobody mentioned as invented: wherever its numbers are shown, the sentence that says so stands beside them. */
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { expect, test } from 'vitest'
import { chair } from '#engine/metrics/failures/chair.ts'
import { failureReport } from '#engine/metrics/failures/failures.ts'
import type { FailureSummary } from '#shared/domain.ts'
import { overstates } from '#shared/failures.ts'
import { failureTable } from '../../../../src/cli/score-failures.ts'
import FailureMeasures from '../../../../src/renderer/components/failures/FailureMeasures.vue'

const images = [
  { id: 1, candidate: 'a dog on a couch'.split(' '), references: ['a dog lies down'.split(' ')] },
  { id: 2, candidate: 'a cat'.split(' '), references: ['a cat sits'.split(' ')] },
]
const instances = new Map([
  [1, new Set(['dog', 'couch'])],
  [2, new Set(['cat'])],
])
const bases = [
  { basis: 'reference-based', given: undefined, said: true },
  { basis: 'mixed', given: new Map([...instances].slice(0, 1)), said: true },
  { basis: 'instances and references', given: instances, said: false },
] as const

test('without instances a couch that no reference mentions counts as invented; with them it does not', () => {
  expect(chair(images).chairI).toBeCloseTo(1 / 3)
  expect(chair(images, instances).chairI).toBe(0)
})

test.each(bases)('$basis: the command line says that it overstates: $said', ({ basis, given, said }) => {
  const measured = chair(images, given)
  expect(measured.basis).toBe(basis)
  expect(failureTable({ report: failureReport(images), chair: measured }).includes(overstates)).toBe(said)
})

test.each(bases)('$basis: the window says that it overstates: $said', async ({ given, said }) => {
  const { perImage: _failures, ...report } = failureReport(images)
  const { perImage: _objects, ...measured } = chair(images, given)
  const summary: FailureSummary = { ...report, images: 2, kinds: {}, length: { ...report.length, cider: [] }, chair: measured }
  expect((await renderToString(createSSRApp(FailureMeasures, { summary }))).includes(overstates)).toBe(said)
})
