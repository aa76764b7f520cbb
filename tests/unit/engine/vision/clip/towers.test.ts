import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { float16Tensor, floatValues, integerValues, readSafetensors, writeSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'
import { createSession } from '#engine/runtime/session.ts'
import { buildImageTower, buildTextTowerModel } from '#engine/vision/clip/build-clip.ts'
import type { ClipCheckpoint } from '#engine/vision/clip/checkpoint.ts'
import { readClipCheckpoint } from '#engine/vision/clip/read-checkpoint.ts'
import { endRows } from '#engine/vision/clip/text-graph.ts'
import type { VitGrid } from '#engine/vision/clip/vit-graph.ts'
import { sharedData } from '../../../../support/shared-data.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const fixtures = join(sharedData ?? '', 'clip')
const lastBlock: VitGrid = { tokens: 'last-block', classToken: 'first' }

function fixture(folder: string): ReadonlyMap<string, StoredTensor> {
  const path = join(fixtures, folder, 'expected.safetensors')
  return readSafetensors(readFileSync(path), path).tensors
}

function values(tensors: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Error(`the fixture has no ${name}`)
  return floatValues(tensor, name)
}

/** Largest difference over the largest magnitude of what was expected. */
function relativeError(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length)
  const magnitude = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  return found.reduce((largest, value, index) => Math.max(largest, Math.abs(value - expected[index])), 0) / magnitude
}

async function look(checkpoint: ClipCheckpoint, images: Float32Array, side: number, grid = lastBlock): Promise<{ grid: Float32Array; pooled: Float32Array }> {
  const session = await createSession(buildImageTower(checkpoint, side, grid).onnx, { threads: 1 })
  const { grid: cells, pooled } = await session.run({ image: new Tensor('float32', images, [images.length / (3 * side * side), 3, side, side]) })
  await session.release()
  return { grid: cells.data as Float32Array, pooled: pooled.data as Float32Array }
}

async function read(checkpoint: ClipCheckpoint, tensors: ReadonlyMap<string, StoredTensor>): Promise<Float32Array> {
  const ids = BigInt64Array.from(integerValues(tensors.get('text_ids')!, 'text_ids'), BigInt)
  const text = checkpoint.text!
  const session = await createSession(buildTextTowerModel(checkpoint)!, { threads: 1 })
  const count = ids.length / text.context
  const { embeddings } = await session.run({
    ids: new Tensor('int64', ids, [count, text.context]),
    ends: new Tensor('int64', endRows(ids, text), [count]),
  })
  await session.release()
  return embeddings.data as Float32Array
}

const layouts = [
  ['a Hugging Face folder', join(fixtures, 'vit-tiny')],
  ['OpenAI’s names', join(fixtures, 'vit-tiny/openai.safetensors')],
] as const

describe.skipIf(!sharedData)('a CLIP vision transformer', () => {
  test.each(layouts)('from %s gives the published tokens, image and text embeddings', async (_layout, path) => {
    const checkpoint = await readClipCheckpoint(path)
    const expected = fixture('vit-tiny')
    const images = values(expected, 'image')
    const { grid, pooled } = await look(checkpoint, images, 32)
    expect(relativeError(grid, values(expected, 'tokens_last_block'))).toBeLessThan(1e-4)
    expect(relativeError(pooled, values(expected, 'image_embeds'))).toBeLessThan(1e-4)
    const normed = await look(checkpoint, images, 32, { tokens: 'post-layernorm', classToken: 'first' })
    expect(relativeError(normed.grid, values(expected, 'tokens_post_layernorm'))).toBeLessThan(1e-4)
    expect(relativeError(await read(checkpoint, expected), values(expected, 'text_embeds'))).toBeLessThan(1e-4)
  })

  test('takes images of another size with a resized position table', async () => {
    const expected = fixture('vit-tiny')
    const { grid } = await look(await readClipCheckpoint(layouts[0][1]), values(expected, 'image_interpolated'), 48)
    expect(relativeError(grid, values(expected, 'tokens_interpolated'))).toBeLessThan(1e-4)
  })

  test('drops the class token where it is not wanted', async () => {
    const expected = fixture('vit-tiny')
    const { grid } = await look(await readClipCheckpoint(layouts[0][1]), values(expected, 'image'), 32, { tokens: 'last-block', classToken: 'dropped' })
    const all = values(expected, 'tokens_last_block')
    expect(relativeError(grid.subarray(0, 16 * 128), all.subarray(128, 17 * 128))).toBeLessThan(1e-4)
  })

  test('refuses a size that does not part into patches', async () => {
    const checkpoint = await readClipCheckpoint(layouts[0][1])
    expect(() => buildImageTower(checkpoint, 50, lastBlock)).toThrow('Images of 50 pixels do not part into cells of 8.')
  })
})

describe.skipIf(!sharedData)('a CLIP ResNet', () => {
  test('gives the published grid, image and text embeddings', async () => {
    const checkpoint = await readClipCheckpoint(join(fixtures, 'resnet-tiny/openai.safetensors'))
    const expected = fixture('resnet-tiny')
    const { grid, pooled } = await look(checkpoint, values(expected, 'image'), 64)
    const channelsFirst = values(expected, 'grid_layer4')
    const cellsFirst = channelsFirst.map((_, index) => {
      const [image, cell, channel] = [Math.floor(index / 2048), Math.floor((index % 2048) / 512), index % 512]
      return channelsFirst[image * 2048 + channel * 4 + cell]
    })
    expect(relativeError(grid, cellsFirst)).toBeLessThan(1e-4)
    expect(relativeError(pooled, values(expected, 'image_embeds'))).toBeLessThan(1e-4)
    expect(relativeError(await read(checkpoint, expected), values(expected, 'text_embeds'))).toBeLessThan(1e-4)
  })

  test('looks at larger images', async () => {
    const checkpoint = await readClipCheckpoint(join(fixtures, 'resnet-tiny/openai.safetensors'))
    const { grid, pooled } = await look(checkpoint, new Float32Array(3 * 96 * 96).fill(0.5), 96)
    expect([grid.length, pooled.length]).toEqual([9 * 512, 32])
  })
})

describe.skipIf(!sharedData)('reading checkpoints', () => {
  const source = join(fixtures, 'vit-tiny')
  const tensors = (): ReadonlyMap<string, StoredTensor> => readSafetensors(readFileSync(join(source, 'model.safetensors')), 'the fixture').tensors

  test('shards give what the whole file gives', async () => {
    const folder = temporaryFolder()
    cpSync(join(source, 'config.json'), join(folder, 'config.json'))
    const entries = [...tensors()]
    const shards = [entries.slice(0, 20), entries.slice(20)]
    const weightMap: Record<string, string> = {}
    shards.forEach((part, index) => {
      const name = `model-0000${index + 1}-of-00002.safetensors`
      writeFileSync(join(folder, name), writeSafetensors(new Map(part)))
      for (const [tensor] of part) weightMap[tensor] = name
    })
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
    const found = await readClipCheckpoint(folder)
    const whole = await readClipCheckpoint(source)
    expect([...found.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort())
    expect(found.vision).toEqual(whole.vision)
  })

  test.each([
    ['F16', 2e-3],
    ['BF16', 2e-2],
  ] as const)('weights in %s are read, and give nearly the same', async (type, tolerance) => {
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    cpSync(join(source, 'config.json'), join(folder, 'config.json'))
    const rounded = [...tensors()].map(([name, tensor]): [string, StoredTensor] => {
      const numbers = floatValues(tensor, name)
      if (type === 'F16') return [name, float16Tensor(numbers, tensor.shape)]
      const upper = Uint16Array.from(new Uint32Array(numbers.buffer), (word) => (word + 0x8000) >>> 16)
      return [name, { type, shape: tensor.shape, bytes: new Uint8Array(upper.buffer) }]
    })
    writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(new Map(rounded)))
    const expected = fixture('vit-tiny')
    const { grid } = await look(await readClipCheckpoint(folder), values(expected, 'image'), 32)
    expect(relativeError(grid, values(expected, 'tokens_last_block'))).toBeLessThan(tolerance)
  })

  test('a folder without safetensors, another model and a missing config are refused by name', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'pytorch_model.bin'), 'pickle')
    await expect(readClipCheckpoint(folder)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('pytorch_model.bin') as string })
    await expect(readClipCheckpoint(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' })
    writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(new Map([['wte.weight', float16Tensor(new Float32Array(4), [4])]])))
    await expect(readClipCheckpoint(folder)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('wte.weight') as string })
    cpSync(join(source, 'model.safetensors'), join(folder, 'model.safetensors'))
    await expect(readClipCheckpoint(folder)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('config.json') as string })
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'siglip' }))
    await expect(readClipCheckpoint(folder)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('siglip') as string })
  })
})
