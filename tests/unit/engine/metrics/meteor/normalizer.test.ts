import { expect, test } from 'vitest'
import { normalizedWords } from '#engine/metrics/meteor/normalizer.ts'

test.each([
  ['A Man', 'a man'],
  ['black-and-white photo', 'black and white photo'],
  ['jack-o-lanterns', 'jack o-lanterns'],
  ["the man 's hat", "the man ' s hat"],
  ["hors d'oeuvre", "hors d 'oeuvre"],
  ["is n't", "is n 't"],
  ['6:55', '6 : 55'],
  ['beige/white', 'beige / white'],
  ['1,000 cars, trucks', '1,000 cars , trucks'],
  ['a t.v. is on', 'a tv is on'],
  ['the u.s.a flag', 'the usa flag'],
  ['st. patrick', 'st. patrick'],
  ['in ky.', 'in ky .'],
  ['ave. 22', 'ave . 22'],
  ['a. clear vase', 'a. clear vase'],
  ['the stair.s', 'the stair.s'],
  ['11.01.2009', '11.01.2009'],
  ['-lrb- red -rrb-', '-lrb- red -rrb-'],
  ['café au lait', 'café au lait'],
  ['“big”', '" big "'],
])('splits "%s" into "%s"', (caption, words) => {
  expect(normalizedWords(caption).join(' ')).toBe(words)
})

test('gives no word for an empty caption', () => {
  expect(normalizedWords('')).toEqual([])
  expect(normalizedWords(' \n ')).toEqual([])
})
