import { expect, test } from 'vitest'
import { certainSigns } from '#shared/metrics/certain-signs.ts'

test('a difference is coloured by p after Holm’s correction over its whole table, and never without p or where it rounds to nothing', () => {
  const alone = certainSigns([['CIDEr', { value: 0.1, p: 0.02 }]])
  expect(alone.get('CIDEr')).toBe('up')
  const among = certainSigns([
    ['CIDEr', { value: 0.1, p: 0.02 }],
    ['Bleu_4', { value: -0.1, p: 0.03 }],
    ['ROUGE_L', { value: -0.2, p: 0.001 }],
    ['METEOR', { value: 0.0004, p: 0.001 }],
    ['SPICE', { value: 0.5, p: null }],
  ])
  expect([...among]).toEqual([
    ['CIDEr', 'up'],
    ['Bleu_4', 'down'],
    ['ROUGE_L', 'down'],
    ['METEOR', 'same'],
  ])
  const many = certainSigns(Array.from({ length: 20 }, (_, index) => [index, { value: 0.1, p: 0.01 }]))
  expect([...many.values()].every((sign) => sign === 'same')).toBe(true)
})
