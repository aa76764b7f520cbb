import { describe, expect, test } from 'vitest'
import { bothEnds, comparisonPage, type ComparisonReport } from '#engine/reports/comparison-report.ts'
import { differenceBars } from '#engine/reports/difference-histogram.ts'
import { reportPolicy } from '#engine/reports/page.ts'

const hostile = `</title><script>alert(1)</script><img src=x onerror='alert(2)'>" & %s 100 % ${String.fromCodePoint(0x202e)}dlrow`

const report = (changes: Partial<ComparisonReport> = {}): ComparisonReport => ({
  title: 'before and after',
  set: 'dev',
  photos: 3,
  facts: [],
  systems: [
    { name: 'before', facts: [] },
    { name: 'after', facts: [] },
  ],
  metrics: [
    { title: 'CIDEr', scores: [0.5, 0.7], differences: [{ value: 0.2, interval: { low: 0.1, high: 0.3 }, p: 0.001 }] },
    { title: 'SPICE', scores: [0.1, 0.4], differences: [{ value: 0.3, interval: null, p: 0.001 }] },
  ],
  metric: 'CIDEr',
  pairs: [],
  notes: [],
  commands: ['capstan compare'],
  madeAt: '2026-01-01',
  ...changes,
})

describe('a report', () => {
  test('shows hostile names and texts as the texts that they are', () => {
    const photo = {
      name: hostile,
      picture: new Uint8Array([1, 2, 3]),
      references: [hostile],
      before: { text: hostile, score: 0.1 },
      after: { text: hostile, score: 0.2 },
    }
    const facts = [{ title: 'File', value: hostile }]
    const page = comparisonPage(
      report({
        title: hostile,
        set: hostile,
        facts,
        systems: [
          { name: hostile, facts },
          { name: hostile, facts },
        ],
        pairs: [{ name: hostile, differences: [0.1, -0.2], worst: [photo], best: [photo] }],
        commands: [hostile],
      }),
    )
    expect(page).not.toMatch(/<script|<img src=x/)
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('onerror=&#39;alert(2)&#39;&gt;&quot; &amp; %s 100 %')
    // No attribute of any tag ends where the text says so.
    expect(page).toContain(`alt="&lt;/title&gt;`)
    // What turns the direction of a text ends with the text: it stands in an element that isolates it.
    for (const [before] of page.matchAll(/<[^<>]*>[^<>]*\u202e/g)) expect(before).toMatch(/^<(bdi|title|pre|li dir="auto"|span dir="auto")>/)
  })

  test('may load and run nothing', () => {
    const page = comparisonPage(report())
    expect(page.indexOf(`content="${reportPolicy.replaceAll("'", '&#39;')}"`)).toBeGreaterThan(0)
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style'))
    expect(page).not.toMatch(/https?:|<script|<link|@import|url\(/)
  })

  test('colours a difference only with its interval', () => {
    const page = comparisonPage(report())
    expect(page).toContain('<span class="up">+0.200</span>')
    expect(page).toContain('<span class="same">+0.300</span>')
    expect(page).toContain('+0.100 … +0.300')
  })

  test('colours nothing that many comparisons find by chance', () => {
    const metrics = Array.from({ length: 10 }, (_, index) => ({
      title: `metric ${index}`,
      scores: [0.1, 0.2],
      differences: [{ value: 0.1, interval: { low: 0.01, high: 0.2 }, p: 0.02 }],
    }))
    expect(comparisonPage(report({ metrics }))).not.toContain('class="up"')
  })

  test('tells when nothing differs', () => {
    expect(comparisonPage(report({ pairs: [{ name: 'after', differences: [0, 0], worst: [], best: [] }] }))).toContain('No photo differs.')
  })
})

test('the photos at both ends are those that went that way, the furthest first', () => {
  expect(bothEnds([0.2, null, -0.5, 0, -0.1, 0.9], 2)).toEqual({ worst: [2, 4], best: [5, 0] })
  expect(bothEnds([0.2, 0.1])).toEqual({ worst: [], best: [0, 1] })
})

test('bars have a border at zero and hold every photo that differs', () => {
  const { bars, same } = differenceBars([-0.4, -0.05, 0, 0, 0.05, 0.3, 1.21])
  expect(same).toBe(2)
  expect(bars.reduce((sum, { photos }) => sum + photos, 0)).toBe(5)
  expect(bars.filter(({ to }) => to <= 1e-9).reduce((sum, { photos }) => sum + photos, 0)).toBe(2)
  expect(bars.some(({ from }) => Math.abs(from) < 1e-9)).toBe(true)
})
