import { describe, expect, test } from 'vitest'
import { closestText, countChanges, tokenDiff, wordsOf } from '#shared/token-diff.ts'

describe('token diff', () => {
  test('equal captions are one run of same words', () => {
    expect(tokenDiff('a dog runs', 'a  dog runs ')).toEqual([{ kind: 'same', words: ['a', 'dog', 'runs'] }])
  })

  test('a replaced word is its deletion followed by its insertion', () => {
    expect(tokenDiff('a black dog runs', 'a brown dog runs')).toEqual([
      { kind: 'same', words: ['a'] },
      { kind: 'deleted', words: ['black'] },
      { kind: 'inserted', words: ['brown'] },
      { kind: 'same', words: ['dog', 'runs'] },
    ])
  })

  test('from nothing everything is inserted, to nothing everything is deleted', () => {
    expect(tokenDiff('', 'two cats')).toEqual([{ kind: 'inserted', words: ['two', 'cats'] }])
    expect(tokenDiff('two cats', '  ')).toEqual([{ kind: 'deleted', words: ['two', 'cats'] }])
    expect(tokenDiff('', '')).toEqual([])
  })

  test('kept and inserted words read as the new caption, kept and deleted ones as the old', () => {
    const before = 'a man in a red shirt is riding a bike down the street'
    const after = 'a woman in a red coat rides a bike on the street'
    const changes = tokenDiff(before, after)
    const read = (left: 'inserted' | 'deleted'): string[] => changes.filter((change) => change.kind !== left).flatMap((change) => change.words)
    expect(read('deleted')).toEqual(wordsOf(after))
    expect(read('inserted')).toEqual(wordsOf(before))
  })

  test('changes are counted in words', () => {
    expect(countChanges(tokenDiff('a dog runs on grass', 'two dogs run on grass'))).toEqual({ inserted: 3, deleted: 3 })
  })
})

test('the closest text takes the fewest changes; case and the final stop are none', () => {
  const texts = [{ text: 'Two dogs run on the grass.' }, { text: 'A dog sits.' }, { text: 'A black dog runs on grass.' }]
  expect(closestText(texts, 'a brown dog runs on grass')).toEqual({ text: 'A black dog runs on grass.' })
  expect(closestText(texts, 'a dog sits')).toEqual({ text: 'A dog sits.' })
  expect(closestText([], 'a dog')).toBeNull()
})
