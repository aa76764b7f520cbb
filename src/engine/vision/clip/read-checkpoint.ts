/** CLIP's published file layouts on disk: a Hugging Face folder, or safetensors in OpenAI's names (open_clip's folders included). */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { openRegular, readRegularText } from '#engine/files/regular-file.ts'
import { readSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'
import type { ClipCheckpoint } from './checkpoint.ts'
import { fromHuggingFaceNames, hasHuggingFaceNames } from './hugging-face-names.ts'
import { fromOpenaiNames, hasOpenaiNames, type OpenaiOptions } from './openai-names.ts'

/** What to do with PyTorch's own files. */
export const pickledAdvice = 'Save the PyTorch file as safetensors first: pickled files can run code and are not read.'

const indexName = 'model.safetensors.index.json'
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+$/)) })
const openClipSchema = z.object({
  model_cfg: z.object({ quick_gelu: z.boolean().default(false), vision_cfg: z.object({ head_width: z.number().int().positive().default(64) }) }),
})

/** The folder whose other files (config, preprocessor, tokenizer) belong to the path that a person gave. */
export async function checkpointFolder(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `There is nothing at ${path}.`, { todo: 'Check the path.', cause })
  })
  return found.isDirectory() ? path : dirname(path)
}

/**
 * Reads a folder or a safetensors file.
 * @throws AppError `not-found` or `bad-input` saying what was found instead, `corrupt` for damaged files
 */
export async function readClipCheckpoint(path: string): Promise<ClipCheckpoint> {
  const folder = await checkpointFolder(path)
  const tensors = await readTensors(folder === path ? await weightsOf(folder) : path)
  if (hasOpenaiNames(tensors)) return fromOpenaiNames(tensors, await openClipOptions(folder))
  if (hasHuggingFaceNames(tensors)) {
    const config = await readJsonFile(join(folder, 'config.json'))
    if (config === undefined)
      throw new AppError('not-found', `${folder} has CLIP's weights in Hugging Face's names, but no config.json.`, {
        todo: 'Copy it from where the weights came.',
      })
    return fromHuggingFaceNames(tensors, config, join(folder, 'config.json'))
  }
  const [first = 'none'] = tensors.keys()
  throw new AppError('bad-input', `${path} holds ${tensors.size} tensors, but no CLIP image encoder that Capstan knows (the first is “${first}”).`, {
    kept: 'Nothing was changed.',
    todo: 'Choose a CLIP in Hugging Face’s or OpenAI’s names, or export the image encoder as ONNX.',
  })
}

/** A JSON file's content, undefined where there is none. Throws AppError `corrupt`. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readRegularText(path, largestJson).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return parseJson(text)
  } catch (cause) {
    throw new AppError('corrupt', `${path} is not JSON.`, { todo: 'Copy the file again.', cause })
  }
}

/** The file of a folder that leads to its weights. */
async function weightsOf(folder: string): Promise<string> {
  const names = await readdir(folder)
  for (const name of [indexName, 'model.safetensors', 'open_clip_model.safetensors']) if (names.includes(name)) return join(folder, name)
  const others = names.filter((name) => name.endsWith('.safetensors'))
  if (others.length === 1) return join(folder, others[0])
  const pickled = names.find((name) => /\.(pt|pth|bin)$/.test(name))
  const found = pickled === undefined ? names.slice(0, 8).join(', ') || 'nothing' : pickled
  throw new AppError('bad-input', `${folder} has no model.safetensors; found: ${found}.`, {
    todo: pickled === undefined ? 'Choose a CLIP folder.' : pickledAdvice,
  })
}

/** All tensors of a file, or of the shards that an index names. */
async function readTensors(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  if (!path.endsWith('.index.json')) return readSafetensors(await readLargeFile(path), path).tensors
  const index = indexSchema.safeParse(await readJsonFile(path))
  if (!index.success) throw new AppError('corrupt', `${path} is no index of safetensors shards.`, { todo: 'Copy the file again.' })
  const tensors = new Map<string, StoredTensor>()
  for (const shard of new Set(Object.values(index.data.weight_map)))
    for (const [name, tensor] of readSafetensors(await readLargeFile(join(dirname(path), shard)), shard).tensors) tensors.set(name, tensor)
  const missing = Object.keys(index.data.weight_map).find((name) => !tensors.has(name))
  if (missing !== undefined) throw new AppError('corrupt', `The shards of ${basename(path)} do not hold “${missing}”.`, { todo: 'Copy all shards again.' })
  return tensors
}

/** Bytes of a configuration, a tokenizer or an index of shards. */
const largestJson = 100e6
const chunk = 2 ** 29

/** A file's bytes; `readFile` stops at 2 GiB. */
async function readLargeFile(path: string): Promise<Uint8Array> {
  const { handle, size } = await openRegular(path).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-found', `The weights ${path} are missing.`, { todo: 'Copy the whole model.', cause })
  })
  try {
    const bytes = new Uint8Array(size)
    for (let offset = 0; offset < size;) {
      const { bytesRead } = await handle.read(bytes, offset, Math.min(chunk, size - offset), offset)
      if (bytesRead === 0) throw new AppError('corrupt', `${path} ended while it was read.`, { todo: 'Copy the file again.' })
      offset += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}

/** open_clip keeps OpenAI's names beside a config that says what the shapes do not. */
async function openClipOptions(folder: string): Promise<OpenaiOptions> {
  const config = openClipSchema.safeParse(await readJsonFile(join(folder, 'open_clip_config.json')))
  if (!config.success) return {}
  const { quick_gelu: quick, vision_cfg: vision } = config.data.model_cfg
  return { activation: quick ? 'quick_gelu' : 'gelu', visionHeadWidth: vision.head_width }
}
