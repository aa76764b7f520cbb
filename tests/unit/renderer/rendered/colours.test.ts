/** What the tables of Models colour: certain differences with their interval, and nothing else. Rendered as the window renders them. */
import { readFileSync, globSync } from 'node:fs'
import { createPinia } from 'pinia'
import { createSSRApp, type Component } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { describe, expect, test } from 'vitest'
import type { Comparison, Evaluation, MetricDifference } from '#shared/domain.ts'
import ComparisonRows from '../../../../src/renderer/components/models/ComparisonRows.vue'
import ComparisonSummary from '../../../../src/renderer/components/models/ComparisonSummary.vue'
import ModelScores, { type ScoredSet } from '../../../../src/renderer/components/models/ModelScores.vue'

const render = (component: Component, props: Record<string, unknown>): Promise<string> => renderToString(createSSRApp(component, props).use(createPinia()))

const evaluation = (modelId: string): Evaluation => ({
  ...{ id: 1, modelId, set: 'dev', images: 40, beam: 3, documentFrequencyId: 'table', documentFrequencyImages: 100, createdAt: '2026-01-01T00:00:00Z' },
  scores: { CIDEr: 0.5, Bleu_4: 0.2, ROUGE_L: 0.3 },
})

/** Classes of the differences shown, by their text. */
function signsIn(html: string): Map<string, string> {
  return new Map(
    [...html.matchAll(/<span class="(?:(\w+) delta|delta (\w+))"[^>]*>([^<]+)<\/span>/g)].map(([, before, after, text]) => [text, before ?? after]),
  )
}

const told = (value: number, p: number | null, interval: MetricDifference['interval']): MetricDifference => ({
  ...{ images: 40, before: 0.5, after: 0.5 + value },
  interval,
  p,
})

describe('Models → Model', () => {
  const shown = async (against: ScoredSet['against']): Promise<Map<string, string>> =>
    signsIn(await render(ModelScores, { tables: [{ set: 'dev', after: evaluation('b'), before: evaluation('a'), against }] }))

  test('a certain difference is coloured and stands with its interval', async () => {
    const html = await render(ModelScores, {
      tables: [{ set: 'dev', after: evaluation('b'), before: evaluation('a'), against: { CIDEr: told(0.1, 0.001, { low: 0.05, high: 0.15 }) } }],
    })
    expect(signsIn(html).get('+0.100')).toBe('up')
    expect(html).toContain('+0.050 … +0.150')
    expect(html).toContain('after Holm’s correction')
  })

  test('no colour without an interval, without p, beside doubt, or where the difference rounds to nothing', async () => {
    const signs = await shown({
      CIDEr: told(0.1, 0.001, null),
      Bleu_4: told(-0.0004, 0.001, { low: -0.0005, high: -0.0003 }),
      ROUGE_L: told(0.02, 0.2, { low: -0.01, high: 0.05 }),
    })
    expect(signs.get('+0.100')).toBe('same')
    expect(signs.get('±0.000')).toBe('same')
    expect(signs.get('+0.020')).toBe('same')
    expect(await shown({ CIDEr: told(0.1, null, { low: 0.05, high: 0.15 }) })).toEqual(new Map([['+0.100', 'same']]))
  })

  test('a score that carries no difference is neither coloured nor bold', async () => {
    const html = await render(ModelScores, { tables: [{ set: 'dev', after: evaluation('b'), before: evaluation('a'), against: {} }] })
    expect(signsIn(html).size).toBe(0)
    expect(html).not.toMatch(/<strong>[^<]*0\.\d/)
  })
})

describe('Models → Compare', () => {
  const comparison = (given: Partial<Comparison>): Comparison => ({
    ...{ beforeId: 'a', afterId: 'b', metric: 'CIDEr', images: 40, leftOut: 0, better: 9, worse: 30, same: 1 },
    ...{ before: { CIDEr: 0.5 }, after: { CIDEr: 0.6 }, intervals: {}, pValues: {}, rows: [] },
    ...given,
  })
  const summary = (given: Partial<Comparison>): Promise<string> =>
    render(ComparisonSummary, { comparison: comparison(given), beforeName: 'Before', afterName: 'After' })

  test('a difference is coloured by interval and p alone', async () => {
    const certain = { intervals: { CIDEr: { low: 0.05, high: 0.15 } }, pValues: { CIDEr: 0.001 } }
    expect(signsIn(await summary(certain)).get('+0.100')).toBe('up')
    expect(signsIn(await summary({})).get('+0.100')).toBe('same')
    expect(signsIn(await summary({ pValues: { CIDEr: 0.001 } })).get('+0.100')).toBe('same')
    expect(signsIn(await summary({ ...certain, after: { CIDEr: 0.5004 } })).get('±0.000')).toBe('same')
  })

  test('counts of images and single images have arrows, and no colour that would read as a verdict', async () => {
    expect(await summary({})).not.toMatch(/class="(?:up|down)"/)
    const row = { ...{ imageId: 1, fileName: 'a.jpg', before: 'a', after: 'b', beforeScore: 1, afterScore: 0.5, delta: -0.5, target: null } }
    const html = await render(ComparisonRows, { rows: [row], beforeName: 'Before', afterName: 'After' })
    expect(html).not.toMatch(/class="[^"]*\b(?:up|down)\b/)
  })
})

test('no table of scores makes a difference bold whose direction is not certain', () => {
  const files = globSync(['src/renderer/components/{models,evaluate,experiments,train}/*.vue', 'src/renderer/views/*.vue'])
  expect(files.length).toBeGreaterThan(20)
  const bold = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^([^\n{}]*\.(?:delta|difference)\b[^\n{}]*)\{[^}]*font-weight/gm)].flatMap(([, selector]) =>
      /\.(?:up|down)\b/.test(selector) ? [] : [`${file}: ${selector.trim()}`],
    ),
  )
  expect(bold).toEqual([])
})
