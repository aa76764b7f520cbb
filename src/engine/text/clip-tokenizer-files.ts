/** Finds and reads CLIP's tokenizer in the files that models come with. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateGzip } from '#engine/files/inflate.ts'
import { readRegular, readRegularText } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { tokenizerFromJson, tokenizerFromMerges, tokenizerFromVocabulary, type ClipTokenizer } from './clip-tokenizer.ts'

/** Bytes of a tokenizer's file, unpacked. */
const largestFile = 100e6
const mergeList = 'bpe_simple_vocab_16e6.txt'

/**
 * The tokenizer of a folder: `tokenizer.json`, else `vocab.json` with `merges.txt`, else OpenAI's merge list. Undefined where there is none of them.
 * @throws AppError `bad-input` or `corrupt` for files that cannot be used
 */
export async function findClipTokenizer(folder: string): Promise<ClipTokenizer | undefined> {
  const names = await readdir(folder)
  const has = (name: string): boolean => names.includes(name)
  if (has('tokenizer.json')) return readClipTokenizer(join(folder, 'tokenizer.json'))
  if (has('vocab.json') && has('merges.txt')) {
    const path = join(folder, 'vocab.json')
    return tokenizerFromVocabulary(await readJson(path), await readRegularText(join(folder, 'merges.txt'), largestFile), path)
  }
  const name = [`${mergeList}.gz`, mergeList].find(has)
  return name === undefined ? undefined : readClipTokenizer(join(folder, name))
}

/** One file: a `tokenizer.json`, or a merge list, compressed or not. */
export async function readClipTokenizer(path: string): Promise<ClipTokenizer> {
  if (path.endsWith('.json')) return tokenizerFromJson(await readJson(path), path)
  const bytes = await readRegular(path, largestFile)
  return tokenizerFromMerges((path.endsWith('.gz') ? await inflateGzip(bytes, path, largestFile) : bytes).toString('utf8'), path)
}

async function readJson(path: string): Promise<unknown> {
  const text = await readRegularText(path, largestFile)
  try {
    return parseJson(text)
  } catch (cause) {
    throw new AppError('corrupt', `${path} is not JSON.`, { todo: 'Copy the file again.', cause })
  }
}
