import { expect, test } from 'vitest'
import { wordSet, type Metric } from '#shared/metrics/metric.ts'
import { askedNames, inTableOrder, isMetricName, metricNames, metricsAskedFor, metricTable, metricTitle, namesOf, usualMetrics } from '#shared/metrics/table.ts'

const entries: readonly Metric[] = metricTable

test('no name stands in two entries, and every name has a title', () => {
  expect(new Set(metricNames).size).toBe(entries.flatMap(namesOf).length)
  for (const name of metricNames) expect(metricTitle(name)).not.toBe('')
  expect(isMetricName('CIDEr')).toBe(true)
  expect(isMetricName('toString')).toBe(false)
  expect(metricTitle('of another version')).toBe('of another version')
})

test('every metric of words gives a row of its width an image, and as many values as names', () => {
  const images = [
    { id: 1, candidate: ['a', 'dog'], references: [['a', 'dog', 'runs']] },
    { id: 2, candidate: [], references: [['two', 'cats'], ['cats']] },
  ]
  for (const metric of entries) {
    expect(metric.values(new Float64Array(metric.width), 1)).toHaveLength(namesOf(metric).length)
    if (metric.from === 'words') expect(metric.rows(wordSet(images))).toHaveLength(images.length * metric.width)
  }
})

test('METEOR is asked for by one name, whichever variant its resources make', () => {
  expect(askedNames().filter((name) => name.startsWith('METEOR'))).toEqual(['METEOR'])
  expect(metricsAskedFor(['METEOR'])).toHaveLength(3)
  const withoutTools = askedNames(['SPICE', 'encoder'])
  expect(withoutTools.filter((name) => usualMetrics().includes(name))).toEqual(usualMetrics())
  expect(['SPICE', 'CLIPScore', 'RefCLIPScore'].filter((name) => withoutTools.some((asked) => asked === name))).toEqual([])
})

test('the usual metrics are coco-caption’s, SPICE where it is installed', () => {
  expect(usualMetrics()).toEqual(['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr'])
  expect(usualMetrics(['SPICE']).at(-1)).toBe('SPICE')
})

test('values are put in the order of the field, strangers last', () => {
  expect(Object.keys(inTableOrder({ mine: 1, CIDEr: 1, 'METEOR (no paraphrases)': 1, Bleu_4: 1 }))).toEqual([
    'Bleu_4',
    'METEOR (no paraphrases)',
    'CIDEr',
    'mine',
  ])
})
