import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { tokenizerFromJson, tokenizerFromMerges, tokenizerToJson } from '#engine/text/clip-tokenizer.ts'
import { findClipTokenizer, readClipTokenizer } from '#engine/text/clip-tokenizer-files.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const mergeList = join(sharedData ?? '', 'clip/bpe_simple_vocab_16e6.txt.gz')
const published = sharedData === undefined ? undefined : await readClipTokenizer(mergeList)

describe.skipIf(!published)('CLIP’s published tokenizer', () => {
  const tokenizer = published!

  test('has 49,408 ids, the last two begin and end', () => {
    expect(tokenizer.size).toBe(49_408)
    expect(tokenizer.tokens.slice(-2)).toEqual(['<|startoftext|>', '<|endoftext|>'])
  })

  test.each([
    ['a diagram', [320, 22_697]],
    ['a photo of a cat', [320, 1125, 539, 320, 2368]],
    ['Hello   World!', [3306, 1002, 256]],
  ])('encodes “%s” as OpenAI’s does', (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids)
  })

  test('parts numbers into digits and keeps clitics', () => {
    expect(tokenizer.encode('2024').map((id) => tokenizer.tokens[id])).toEqual(['2</w>', '0</w>', '2</w>', '4</w>'])
    expect(tokenizer.encode('it’s').map((id) => tokenizer.tokens[id])).toEqual(['it</w>', "'s</w>"])
  })

  test('any text comes back, whatever its script', () => {
    for (const text of ['a dog on a skateboard', 'naïve café', '東京 の 夜', '🐶 & 🐱', 'ff \u00a0x']) {
      const expected = text.normalize('NFC').toLowerCase().trim().split(/\s+/u).join(' ')
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(expected)
    }
    expect(tokenizer.encode('salt &amp;amp; pepper')).toEqual(tokenizer.encode('salt & pepper'))
  })

  test('texts are repaired first, as OpenAI’s code does', () => {
    expect(tokenizer.encode('ＤＯＧ ﬁre „low‟ bell\u0007 caf&eacute; &hearts;')).toEqual(tokenizer.encode('dog fire "low" bell café ♥'))
  })

  test('rows begin, end and are cut to the context', () => {
    const rows = tokenizer.encodeAll(['a cat', 'cat '.repeat(100)], 8)
    expect(Array.from(rows.subarray(0, 8), Number)).toEqual([49_406, 320, 2368, 49_407, 0, 0, 0, 0])
    expect(Array.from(rows.subarray(8), Number)).toEqual([49_406, 2368, 2368, 2368, 2368, 2368, 2368, 49_407])
  })

  test('merges of the uncompressed list are the same', () => {
    const text = gunzipSync(readFileSync(mergeList)).toString('utf8')
    expect(tokenizerFromMerges(text, 'the list').merges).toEqual(tokenizer.merges)
  })
})

test('Hugging Face’s two layouts and our own copy say the same as the merge list', async () => {
  const list = ['#version', 't h', 'th e</w>', 'd o', 'do g</w>', 'u m', 'um b', 'r e', 'l l'].join('\n')
  const tokenizer = tokenizerFromMerges(list, 'the list')
  expect(tokenizer.size).toBe(512 + 8 + 2)
  const text = 'The dog, two umbrellas & a doghouse'
  const expected = tokenizer.encode(text)
  expect(expected.slice(0, 2).map((id) => tokenizer.tokens[id])).toEqual(['the</w>', 'dog</w>'])
  const folder = temporaryFolder()
  expect(await findClipTokenizer(folder)).toBeUndefined()
  const vocabulary = Object.fromEntries(tokenizer.tokens.map((token, id) => [token, id]))
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify(vocabulary))
  writeFileSync(join(folder, 'merges.txt'), ['#version: 0.2', ...tokenizer.merges, ''].join('\n'))
  expect((await findClipTokenizer(folder))?.encode(text)).toEqual(expected)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerToJson(tokenizer)))
  expect((await findClipTokenizer(folder))?.encode(text)).toEqual(expected)
  const pairs = { model: { vocab: vocabulary, merges: tokenizer.merges.map((merge) => merge.split(' ')) } }
  expect(tokenizerFromJson(pairs, 'pairs').encode(text)).toEqual(expected)
})

test('what is no tokenizer is refused', () => {
  expect(() => tokenizerFromMerges('one line\nthree words here', 'list.txt')).toThrow('list.txt is no list of merges.')
  expect(() => tokenizerFromJson({ model: { type: 'WordPiece' } }, 'tokenizer.json')).toThrow('tokenizer.json is no byte-pair tokenizer')
  expect(() => tokenizerFromJson({ model: { vocab: { a: 0, b: 2 }, merges: [] } }, 'tokenizer.json')).toThrow('are not 0 to 1')
})
