import { describe, expect, test } from 'vitest'
import { areSynonyms, createLexicon } from '#engine/metrics/meteor/lexicon.ts'
import { baseForm } from '#engine/metrics/meteor/morphology.ts'
import { stemOf } from '#engine/metrics/meteor/stemmer.ts'

describe('stems', () => {
  // Pairs from the sample vocabulary in Snowball's description of its English stemmer.
  test.each([
    ['consigned', 'consign'],
    ['consistency', 'consist'],
    ['consolation', 'consol'],
    ['conspicuously', 'conspicu'],
    ['knightly', 'knight'],
    ['knives', 'knive'],
    ['knotted', 'knot'],
    ['skies', 'sky'],
    ['dying', 'die'],
    ['news', 'news'],
    ['generously', 'generous'],
    ['riding', 'ride'],
    ['happily', 'happili'],
  ])('%s → %s', (word, stem) => {
    expect(stemOf(word)).toBe(stem)
  })
})

describe('base forms', () => {
  const words = new Set(['dress', 'box', 'dish', 'man', 'pony', 'walk', 'ride', 'passe', 'pass', 'big', 'us'])
  const isWord = (word: string) => words.has(word)

  test.each([
    ['dresses', 'dress'],
    ['boxes', 'box'],
    ['dishes', 'dish'],
    ['men', 'man'],
    ['ponies', 'pony'],
    ['walked', 'walk'],
    ['riding', 'ride'],
  ])('%s comes from %s', (word, base) => {
    expect(baseForm(word, isWord)).toBe(base)
  })

  test('the first rule that gives a word wins', () => {
    expect(baseForm('passing', isWord)).toBe('passe')
  })

  test('short words and words in -ss stay as they are', () => {
    expect(baseForm('us', isWord)).toBeUndefined()
    expect(baseForm('bigss', isWord)).toBeUndefined()
  })
})

describe('synonyms', () => {
  const word = createLexicon({
    functionWords: new Set(['the']),
    synsets: new Map([
      ['bike', '7 3'],
      ['bicycle', '3'],
      ['pedal', '9'],
      ['child', '5'],
      ['kid', '5 6'],
    ]),
    exceptions: new Map([['children', ['child']]]),
  })

  test('words of one synonym set are synonyms, through their bases too', () => {
    expect(areSynonyms(word('bikes'), word('bicycle'))).toBe(true)
    expect(areSynonyms(word('children'), word('kids'))).toBe(true)
    expect(areSynonyms(word('bike'), word('pedal'))).toBe(false)
    expect(areSynonyms(word('unknown'), word('other'))).toBe(false)
  })

  test('function words are known as such', () => {
    expect(word('the').isFunctionWord).toBe(true)
    expect(word('bike').isFunctionWord).toBe(false)
  })
})
