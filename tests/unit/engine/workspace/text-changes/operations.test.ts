import { describe, expect, test } from 'vitest'
import type { TextOperation } from '#shared/annotation/text-changes.ts'
import { textChanger } from '#engine/workspace/text-changes/operations.ts'

type Replace = Extract<TextOperation, { kind: 'replace' }>
const replace = (text: string, find: string, replacement: string, rest: Partial<Replace> = {}): string =>
  textChanger({ kind: 'replace', find, replacement, by: 'plain', matchCase: false, ...rest })([text])[0]

describe('replacing', () => {
  test('plain words are found as they are, whatever signs they hold, and their replacement is no pattern', () => {
    expect(replace('a cat (grey) sat. A CAT', 'cat', 'dog')).toBe('a dog (grey) sat. A dog')
    expect(replace('a cat, A CAT', 'cat', 'dog', { matchCase: true })).toBe('a dog, A CAT')
    expect(replace('is it? (yes)', '? (', '$1 ')).toBe('is it$1 yes)')
    for (const sign of String.raw`\^$.*+?()[]{}|/-`) expect(replace(`a${sign}b`, sign, '_')).toBe('a_b')
  })

  test('whole words are not found within others, in any script', () => {
    expect(replace('cat, cats and a wildcat', 'cat', 'dog', { by: 'word' })).toBe('dog, cats and a wildcat')
    expect(replace('кот и коты', 'кот', 'пёс', { by: 'word' })).toBe('пёс и коты')
  })

  test('a regular expression brings its groups', () => {
    expect(replace('2 dogs and 3 cats', String.raw`(\d) (\w+)`, '$2 ($1)', { by: 'pattern' })).toBe('dogs (2) and cats (3)')
  })

  test('an expression that never ends is stopped, and what is none is told', () => {
    const hostile = (): string => replace(`${'a'.repeat(60)}!`, '(a+)+$', 'b', { by: 'pattern' })
    expect(hostile).toThrow('took too long')
    expect(() => replace('a', '(', 'b', { by: 'pattern' })).toThrow('no regular expression')
    expect(() => replace('a'.repeat(1000), 'a', '$&'.repeat(200), { by: 'pattern' })).toThrow('100,000')
  })
})

test('words go before and behind once, letters become small, spaces single', () => {
  const one = (operation: TextOperation, text: string): string => textChanger(operation)([text])[0]
  expect(one({ kind: 'prefix', text: 'photo of ' }, 'a dog')).toBe('photo of a dog')
  expect(one({ kind: 'prefix', text: 'photo of ' }, 'photo of a dog')).toBe('photo of a dog')
  expect(one({ kind: 'suffix', text: '.' }, 'a dog')).toBe('a dog.')
  expect(one({ kind: 'suffix', text: '.' }, 'a dog.')).toBe('a dog.')
  expect(one({ kind: 'lower-case' }, 'A DOG in ÖSTERREICH')).toBe('a dog in österreich')
  expect(one({ kind: 'trim' }, '  a   dog ')).toBe('a dog')
})
