import { expect, test } from 'vitest'
import { teachingOrder, type Teachable } from '#engine/fine-tuning/next-corrections.ts'
import { randomAt, uniform } from '#shared/random.ts'

const photo = (uncertainty: number, ...vector: number[]): Teachable => ({ uncertainty, vector: Float32Array.from(vector) })

test('the photo that speaks for many unsure ones comes first, and none of its like second', () => {
  const photos = [photo(1, 1, 0, 0), photo(1, 1, 0, 0), photo(1, 1, 0, 0), photo(1, 0, 1, 0), photo(1, 0, 1, 0), photo(1, 0, 0, 1)]
  const [first, second, third] = teachingOrder(photos, 3)
  expect([first < 3, second === 3 || second === 4, third]).toEqual([true, true, 5])
})

test('of photos unlike each other the least sure comes first', () => {
  expect(teachingOrder([photo(1, 1, 0, 0), photo(3, 0, 1, 0), photo(2, 0, 0, 1)], 3)).toEqual([1, 2, 0])
})

test('every photo is chosen once, and no more than there are', () => {
  const random = randomAt(1, 'order', 0)
  const photos = Array.from({ length: 30 }, () => photo(uniform(random), uniform(random) - 0.5, uniform(random) - 0.5))
  expect([...teachingOrder(photos, 100)].sort((a, b) => a - b)).toEqual(Array.from(photos, (_, place) => place))
})

test('lazy gains choose what fresh gains would', () => {
  const random = randomAt(2, 'order', 0)
  const photos = Array.from({ length: 25 }, () => {
    const vector = Array.from({ length: 4 }, () => uniform(random) - 0.3)
    const length = Math.hypot(...vector)
    return photo(uniform(random), ...vector.map((value) => value / length))
  })
  const like = (a: Teachable, b: Teachable): number =>
    Math.max(
      0,
      a.vector.reduce((sum, value, index) => sum + value * b.vector[index], 0),
    )
  const value = (chosen: readonly number[]): number =>
    photos.reduce((sum, each) => sum + each.uncertainty * Math.max(...chosen.map((place) => like(each, photos[place]))), 0)
  const greedy: number[] = []
  for (let step = 0; step < 8; step++) {
    const rest = photos.map((_, place) => place).filter((place) => !greedy.includes(place))
    greedy.push(rest.reduce((best, place) => (value([...greedy, place]) > value([...greedy, best]) ? place : best)))
  }
  const lazy = teachingOrder(photos, 8)
  expect(value(lazy)).toBeCloseTo(value(greedy), 5)
})
