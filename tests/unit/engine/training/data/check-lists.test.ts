import { expect, test } from 'vitest'
import { checkLists, digestOfCaptions } from '#engine/training/data/check-lists.ts'

const photo = (name: string, captions = ['a dog']) => ({ id: null, fileName: name, path: `/photos/${name}`, captions })
const train = ['1.jpg', '2.jpg', '3.jpg'].map((name) => photo(name))

test('a photo in both lists is refused by name before anything starts, wherever it would be judged', () => {
  expect(() => checkLists({ train, dev: [photo('4.jpg'), photo('2.jpg')] })).toThrow(
    'A photo is both in the list to learn from and in the one to judge by: 2.jpg.',
  )
  expect(() => checkLists({ train, dev: [photo('4.jpg')], judged: train })).toThrow('3 photos are both')
  expect(() => checkLists({ train, dev: [photo('4.jpg')] })).not.toThrow()
})

test('a list of dev without a captioned photo is refused', () => {
  expect(() => checkLists({ train, dev: [] })).toThrow('There is no captioned photo to judge by')
  expect(() => checkLists({ train, dev: [photo('4.jpg', [])] })).toThrow('There is no captioned photo to judge by')
})

test('data of other names or captions has another digest', () => {
  expect(digestOfCaptions(train)).toBe(digestOfCaptions(structuredClone(train)))
  expect(digestOfCaptions(train)).not.toBe(digestOfCaptions(train.with(0, photo('1.jpg', ['a cat']))))
  expect(digestOfCaptions(train)).not.toBe(digestOfCaptions(train.with(0, photo('9.jpg'))))
})
