import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import type { OnnxModel } from '#engine/graph/onnx/onnx-model.ts'
import { createSession } from '#engine/runtime/session.ts'
import { importOnnx, type ImportedEncoder, type OnnxImportOptions } from '#engine/vision/encoder-import/import-onnx.ts'
import { parseCells } from '#engine/vision/encoder-import/onnx-grid.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { sharedData } from '../../../../support/shared-data.ts'
import {
  bytesOf,
  channelsLastModel,
  numbersModel,
  pooledOnlyModel,
  squareTokensModel,
  tokenModel,
  undecidedModel,
  wave,
} from '../../../../support/small-onnx.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const preprocessing: OnnxImportOptions['preprocessing'] = () => Promise.resolve({ ...parseNormalisation('half'), resize: 'crop', interpolation: 'bicubic' })
const plain: OnnxImportOptions = { classToken: 'dropped', preprocessing }

function written(model: OnnxModel): string {
  const path = join(temporaryFolder(), 'model.onnx')
  writeFileSync(path, bytesOf(model))
  return path
}

async function run({ onnx, manifest }: ImportedEncoder, image: Float32Array): Promise<{ grid: Float32Array; pooled: Float32Array }> {
  const session = await createSession(onnx, { threads: 1 })
  const { width, height, name } = manifest.input
  const outputs = await session.run({ [name]: new Tensor('float32', image, [image.length / (3 * width * height), 3, height, width]) })
  await session.release()
  return { grid: outputs[manifest.grid.output].data as Float32Array, pooled: outputs[manifest.pooled.output].data as Float32Array }
}

/** What the small models compute at one cell and channel: a window's product with a filter. */
function cellValue(image: Float32Array, row: number, column: number, channel: number): number {
  const filters = wave(24 * 3 * 64)
  let sum = 0
  for (let colour = 0; colour < 3; colour++)
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++) sum += image[colour * 1024 + (row * 8 + y) * 32 + column * 8 + x] * filters[(channel * 3 + colour) * 64 + y * 8 + x]
  return sum
}

describe('importing an ONNX image encoder', () => {
  test('the last feature map becomes an output where only a pooled vector was', async () => {
    const imported = await importOnnx(written(pooledOnlyModel()), plain)
    expect(imported.manifest.grid).toMatchObject({ rows: 4, columns: 4, width: 24 })
    expect(imported.notes.join(' ')).toContain('The grid is features: 4×4 cells of 24.')
    const image = wave(3 * 32 * 32)
    const { grid, pooled } = await run(imported, image)
    expect(grid[(1 * 4 + 2) * 24 + 5]).toBeCloseTo(Math.max(0, cellValue(image, 1, 2, 5)), 3)
    expect(pooled[5]).toBeCloseTo(Array.from({ length: 16 }, (_, cell) => grid[cell * 24 + 5]).reduce((a, b) => a + b) / 16, 3)
  })

  test('tokens lose their class token, or keep it where that is asked', async () => {
    const path = written(tokenModel())
    const image = wave(3 * 32 * 32)
    const dropped = await importOnnx(path, { ...plain, side: 32 })
    const kept = await importOnnx(path, { ...plain, side: 32, classToken: 'first' })
    expect([dropped.manifest.grid.classToken, kept.manifest.grid.classToken]).toEqual([undefined, 'first'])
    const [cells, all] = [await run(dropped, image), await run(kept, image)]
    expect([cells.grid.length, all.grid.length]).toEqual([16 * 24, 17 * 24])
    expect(Array.from(all.grid.subarray(24))).toEqual(Array.from(cells.grid))
    expect(cells.grid[6 * 24 + 3]).toBeCloseTo(cellValue(image, 1, 2, 3) + wave(17 * 24)[7 * 24 + 3], 3)
  })

  test('another tensor can be named, and one that is no grid is refused with its shape', async () => {
    const path = written(pooledOnlyModel())
    expect((await importOnnx(path, { ...plain, grid: 'map' })).notes[0]).toBe('The grid is map: 4×4 cells of 24.')
    await expect(importOnnx(path, { ...plain, grid: 'mean' })).rejects.toThrow('mean [1, 24, 1, 1] is no grid')
    await expect(importOnnx(path, { ...plain, grid: 'nothing' })).rejects.toThrow('no tensor “nothing”')
  })

  test.each([
    ['by convolution', false],
    ['by convolution', true],
    ['by reshaping', false],
    ['by reshaping', true],
  ] as const)('64 channels of 196 tokens are 14×14 cells of 64: patches cut %s, turned: %s', async (cut, turned) => {
    const imported = await importOnnx(written(squareTokensModel(cut, turned)), plain)
    expect(imported.manifest.grid).toMatchObject({ rows: 14, columns: 14, width: 64 })
    expect(imported.notes[0]).toBe('The grid is tokens: 14×14 cells of 64.')
    const { grid, pooled } = await run(imported, wave(3 * 224 * 224))
    expect([grid.length, pooled.length]).toEqual([196 * 64, 64])
    expect(pooled[5]).toBeCloseTo(Array.from({ length: 196 }, (_, cell) => grid[cell * 64 + 5]).reduce((a, b) => a + b) / 196, 3)
  })

  test('where two readings fit alike a person is asked, and refused without an answer', async () => {
    const path = written(undecidedModel())
    await expect(importOnnx(path, plain)).rejects.toMatchObject({
      code: 'bad-input',
      message: 'The grid tokens [1, 49, 196] can be read as 7×7 cells of 196 or as 14×14 cells of 49.',
      todo: 'Say how many cells it has (--cells): 7x7 or 14x14.',
    })
    const { manifest } = await importOnnx(path, { ...plain, cells: parseCells('7 × 7') })
    expect(manifest.grid).toMatchObject({ rows: 7, columns: 7, width: 196 })
    const asked = await importOnnx(path, { ...plain, askCells: (readings) => Promise.resolve(readings[1]) })
    expect(asked.manifest.grid).toMatchObject({ rows: 14, columns: 14, width: 49 })
    await expect(importOnnx(path, { ...plain, cells: parseCells('8x8') })).rejects.toThrow('No grid of 8×8 cells of features was found')
    expect(() => parseCells('seven')).toThrow('“seven” is no number of cells.')
  })

  test('a batch of one in the graph is lifted where it can be, else kept', async () => {
    expect((await importOnnx(written(pooledOnlyModel(1)), plain)).manifest.batch).toBeUndefined()
    expect((await importOnnx(written(tokenModel(1)), { ...plain, side: 32 })).manifest.batch).toBe(1)
  })

  test('images with channels last are turned inside', async () => {
    const image = wave(3 * 32 * 32)
    const { grid } = await run(await importOnnx(written(channelsLastModel()), plain), image)
    expect(grid[(3 * 4 + 1) * 24]).toBeCloseTo(Math.max(0, cellValue(image, 3, 1, 0)), 3)
  })

  test('weights in an external data file are taken in', async () => {
    const model = pooledOnlyModel()
    const [filters] = model.graph.initializers
    const path = join(temporaryFolder(), 'model.onnx')
    const padded = new Uint8Array(filters.rawData.length + 64)
    padded.set(filters.rawData, 64)
    const external = (location: string, length: number): OnnxModel => ({
      ...model,
      graph: { ...model.graph, initializers: [{ ...filters, rawData: new Uint8Array(0), external: { location, offset: 64, length } }] },
    })
    writeFileSync(path, bytesOf(external('model.onnx.data', filters.rawData.length)))
    await expect(importOnnx(path, plain)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('model.onnx.data') as string })
    writeFileSync(`${path}.data`, padded)
    const inside = await importOnnx(written(model), plain)
    expect((await importOnnx(path, plain)).onnx).toEqual(inside.onnx)
    writeFileSync(`${path}.data`, padded.subarray(0, 100))
    await expect(importOnnx(path, plain)).rejects.toMatchObject({ code: 'corrupt' })
    writeFileSync(path, bytesOf(external('../model.onnx.data', filters.rawData.length)))
    await expect(importOnnx(path, plain)).rejects.toThrow('outside the model')
  })

  test('what is no image encoder is refused with what was found', async () => {
    const path = written(pooledOnlyModel())
    const whole = bytesOf(pooledOnlyModel())
    const refusal = async (content: Uint8Array | string): Promise<string> => {
      writeFileSync(path, content)
      return importOnnx(path, plain).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      )
    }
    expect(await refusal('')).toContain('it is empty')
    expect(await refusal('PK\u0003\u0004 and so on')).toContain('ZIP or PyTorch')
    expect(await refusal('version https://git-lfs.github.com/spec/v1')).toContain('Git LFS')
    expect(await refusal('a letter to a friend')).toContain('not a readable ONNX model')
    expect(await refusal(whole.subarray(0, whole.length / 2))).toContain('truncated')
    expect(await refusal(bytesOf({ ...pooledOnlyModel(), opsets: [{ domain: '', version: 99 }] }))).toContain('operator set 99')
    expect(
      await refusal(
        bytesOf({
          ...pooledOnlyModel(),
          opsets: [
            { domain: '', version: 17 },
            { domain: 'acme', version: 1 },
          ],
        }),
      ),
    ).toContain('“acme”')
    expect(await refusal(bytesOf(numbersModel()))).toContain('its inputs are: pixels float32 [n, 4]')
    await expect(importOnnx(written(tokenModel()), plain)).rejects.toThrow('any size')
    await expect(importOnnx(written(pooledOnlyModel()), { ...plain, side: 64 })).rejects.toThrow('takes images of 32×32, not of 64')
  })

  test.skipIf(!sharedData)('the ImageNet MobileNetV2 has a 7×7 grid and takes any batch', async () => {
    const { manifest } = await importOnnx(join(sharedData ?? '', 'encoders/mobilenet_v2_imagenet.onnx'), plain)
    expect(manifest).toMatchObject({ kind: 'onnx', grid: { rows: 7, columns: 7, width: 1280 }, pooled: { width: 1280 }, input: { width: 224, height: 224 } })
    expect(manifest.batch).toBeUndefined()
  })
})
