/** Texts as vectors of their words. */
import { expect, test } from 'vitest'
import type { Rows } from '#engine/projection/rows.ts'
import { createWordVectors } from '#engine/projection/word-vectors.ts'

function dense({ width, read }: Rows, row: number): number[] {
  const { columns, values } = read(row)
  const vector = new Array<number>(width).fill(0)
  values.forEach((value, at) => (vector[columns?.[at] ?? at] = value))
  return vector
}
const product = (one: number[], other: number[]): number => one.reduce((sum, value, column) => sum + value * other[column], 0)
const rowsOfTexts = (texts: readonly (readonly [text: string, ...references: string[]])[]): Rows => {
  const vectors = createWordVectors()
  for (const [text, ...references] of texts) vectors.add(words(text), references.map(words))
  return vectors.rows()
}
const words = (text: string): string[] => text.split(' ')

test('texts that share rare words are nearer than those that share common ones, and each is nearest to itself', () => {
  const rows = rowsOfTexts([['a red zebra'], ['a tall zebra'], ['a red car'], ['a tall car'], ['a red car']])
  const [zebra, other, car] = [0, 1, 2].map((row) => dense(rows, row))
  expect(product(zebra, zebra)).toBeCloseTo(1, 6)
  expect(product(zebra, other)).toBeGreaterThan(product(zebra, car))
  expect(dense(rows, 4)).toEqual(car)
})

test('what a caption says as its references say it is no difference; what it adds is above and what it misses below nothing', () => {
  const rows = rowsOfTexts([
    ['a dog runs', 'a dog runs', 'a dog runs'],
    ['a cat sits', 'a dog sits', 'a dog sits'],
  ])
  for (const value of dense(rows, 0)) expect(value).toBeCloseTo(0, 6)
  const missed = dense(rows, 1)
  expect(Math.min(...missed)).toBeLessThan(0) // dog
  expect(Math.max(...missed)).toBeGreaterThan(0)
})
