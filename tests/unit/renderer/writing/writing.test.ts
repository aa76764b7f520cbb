import fc from 'fast-check'
import { expect, test } from 'vitest'
import { misspellingNear, piecesOf } from '../../../../src/renderer/writing/marked-text.ts'
import { expansionAt } from '../../../../src/renderer/writing/snippets.ts'

test('a snippet stands for its text once a space follows it, and only as a whole word', () => {
  const snippets = { ppl: 'a group of people' }
  expect(expansionAt('with ppl ', 9, snippets)).toEqual({ start: 5, end: 9, text: 'a group of people ' })
  expect(expansionAt('with ppl', 8, snippets)).toBeNull()
  expect(expansionAt('with xppl ', 10, snippets)).toBeNull()
  expect(expansionAt('constructor ', 12, snippets)).toBeNull()
})

test('pieces of a marked text are the text, whatever the marks are', () => {
  const marks = fc.array(fc.record({ word: fc.string(), start: fc.nat(40), length: fc.nat(10) }))
  fc.assert(
    fc.property(fc.string(), marks, (text, misspellings) => {
      const pieces = piecesOf(text, misspellings)
      expect(pieces.map((piece) => piece.text).join('')).toBe(text)
    }),
  )
})

test('marked words are pieces of their own; marks of a text that was typed on since are left out', () => {
  expect(piecesOf('a dgo runs', [{ word: 'dgo', start: 2, length: 3 }])).toEqual([
    { text: 'a ', marked: false },
    { text: 'dgo', marked: true },
    { text: ' runs', marked: false },
  ])
  expect(piecesOf('a dog runs', [{ word: 'dgo', start: 2, length: 3 }])).toEqual([{ text: 'a dog runs', marked: false }])
})

test('the word that suggestions are for is the one at the caret, else the one before it', () => {
  const marks = [
    { word: 'aa', start: 0, length: 2 },
    { word: 'bb', start: 10, length: 2 },
  ]
  expect(misspellingNear(11, marks)?.word).toBe('bb')
  expect(misspellingNear(5, marks)?.word).toBe('aa')
  expect(misspellingNear(0, [])).toBeNull()
})
