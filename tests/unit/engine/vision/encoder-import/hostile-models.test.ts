/** Models and encoder packages that lie about sizes and places are refused by what is wrong, and nothing is waited for. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { OnnxModel } from '#engine/graph/onnx/onnx-model.ts'
import { toReport } from '#shared/errors.ts'
import { float32Tensor, readSafetensors, writeSafetensors } from '#engine/files/safetensors.ts'
import { addEncoder, type AddEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { listEncoders } from '#engine/vision/encoders/encoder-registry.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { pipeInPlaceOf, withManifest } from '../../../../support/hostile-package.ts'
import { sharedData } from '../../../../support/shared-data.ts'
import { bytesOf, pooledOnlyModel, wave } from '../../../../support/small-onnx.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { writeTinyClip } from '../../../../support/tiny-clip.ts'

const normalisation = parseNormalisation('half')
const fixture = join(sharedData ?? '', 'clip/vit-tiny')

function onnxFile(model: OnnxModel): string {
  const path = join(temporaryFolder(), 'model.onnx')
  writeFileSync(path, bytesOf(model))
  return path
}

/** What adding it says; that it is added is an error. */
async function refusal(request: Omit<AddEncoder, 'root'>): Promise<string> {
  const root = temporaryFolder()
  const report = await addEncoder({ normalisation, ...request, root }).then(() => ({ code: 'added', happened: '' }), toReport)
  return `${report.code}: ${report.happened}`
}

const external = (offset: number, length: number): OnnxModel => {
  const model = pooledOnlyModel()
  const [filters, ...rest] = model.graph.initializers
  return {
    ...model,
    graph: { ...model.graph, initializers: [{ ...filters, rawData: new Uint8Array(0), external: { location: 'data.bin', offset, length } }, ...rest] },
  }
}

describe('an ONNX file is refused', () => {
  test.each([
    [-8, 18_432],
    [0, -4],
    [0.5, 4],
    [1e20, 4],
  ])('whose weights are at %d, %d bytes long', async (offset, length) => {
    const path = onnxFile(external(offset, length))
    writeFileSync(join(path, '../data.bin'), new Uint8Array(20_000))
    expect(await refusal({ path })).toMatch(/^corrupt: /)
  })

  test('whose weights are a pipe', async () => {
    const path = onnxFile(external(0, 18_432))
    pipeInPlaceOf(join(path, '../data.bin'))
    expect(await refusal({ path })).toMatch(/^bad-input: .*no regular file/)
  })

  test('that is a pipe itself', async () => {
    const path = join(temporaryFolder(), 'model.onnx')
    pipeInPlaceOf(path)
    expect(await refusal({ path })).toMatch(/^bad-input: .*no regular file/)
  })

  test('whose images have a side of 10⁹, by its graph or by a wish', async () => {
    const model = pooledOnlyModel()
    const [input] = model.graph.inputs
    const path = onnxFile({ ...model, graph: { ...model.graph, inputs: [{ ...input, shape: ['n', 3, 1e9, 1e9] }] } })
    expect(await refusal({ path })).toMatch(/^bad-input: The graph takes images of 1000000000×1000000000 pixels/)
    expect(await refusal({ path: onnxFile(model), side: 1e9 })).toMatch(/^bad-input: Photos of 1000000000 pixels/)
  })

  test('whose weights are no numbers', async () => {
    const model = pooledOnlyModel()
    const [filters, ...rest] = model.graph.initializers
    const rawData = new Uint8Array(new Float32Array(filters.rawData.length / 4).fill(Number.NaN).buffer)
    const path = onnxFile({ ...model, graph: { ...model.graph, initializers: [{ ...filters, rawData }, ...rest] } })
    expect(await refusal({ path })).toMatch(/^(?:corrupt|bad-input): .*no finite numbers/)
  })
})

describe.skipIf(!existsSync(fixture))('a CLIP is refused', () => {
  type Change = (vision: Record<string, unknown>, folder: string) => void
  const changed = (change: Change): string => {
    const folder = temporaryFolder()
    writeTinyClip(fixture, folder)
    const path = join(folder, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8')) as { vision_config: Record<string, unknown> }
    change(config.vision_config, folder)
    writeFileSync(path, JSON.stringify(config))
    return folder
  }
  const wrong: [string, Change][] = [
    ['of seven heads', (vision) => (vision['num_attention_heads'] = 7)],
    ['of 10⁹ layers', (vision) => (vision['num_hidden_layers'] = 1e9)],
    ['for images of 10⁹ pixels a side', (vision) => (vision['image_size'] = 1e9)],
    ['of patches larger than its images', (vision) => (vision['patch_size'] = 1e6)],
    ['of a width that its weights do not have', (vision) => (vision['hidden_size'] = 999)],
    ['whose tokenizer is a pipe', (_vision, folder) => pipeInPlaceOf(join(folder, 'tokenizer.json'))],
    [
      'whose weights are no numbers',
      (_vision, folder) => {
        const path = join(folder, 'model.safetensors')
        const tensors = new Map(readSafetensors(readFileSync(path), path).tensors)
        const name = 'vision_model.post_layernorm.weight'
        const { shape } = tensors.get(name)!
        tensors.set(name, float32Tensor(new Float32Array(shape[0]).fill(Number.NaN), shape))
        writeFileSync(path, writeSafetensors(tensors))
      },
    ],
  ]
  test.each(wrong)('%s', async (_what, change) => {
    expect(await refusal({ path: changed(change) })).toMatch(/^(?:corrupt|bad-input): /)
  })
})

describe('an encoder package is left out', () => {
  const wrong: [string, (sound: string, folder: string) => void][] = [
    [
      'of images of 10⁹ pixels a side',
      (sound, folder) => withManifest(sound, folder, (manifest) => Object.assign(manifest['input'] as object, { width: 1e9, height: 1e9 })),
    ],
    ['of a grid of 10⁹ rows', (sound, folder) => withManifest(sound, folder, (manifest) => Object.assign(manifest['grid'] as object, { rows: 1e9 }))],
    [
      'whose manifest is a pipe',
      (sound, folder) => {
        cpSync(sound, folder, { recursive: true })
        pipeInPlaceOf(join(folder, 'manifest.json'))
      },
    ],
  ]
  test.each(wrong)('%s', async (_what, spoil) => {
    const root = temporaryFolder()
    const { folder } = await addEncoder({ path: onnxFile(pooledOnlyModel()), root, normalisation })
    spoil(folder, join(root, 'wrong'))
    const { encoders, problems } = await listEncoders([root])
    expect(encoders.map((encoder) => encoder.folder)).toEqual([folder])
    expect(problems.map(({ report }) => report.code)).toEqual([expect.stringMatching(/^(?:corrupt|bad-input)$/)])
  })

  test('whose weights are a pipe: opening it says so', async () => {
    const { folder, manifest } = await addEncoder({ path: onnxFile(pooledOnlyModel()), root: temporaryFolder(), normalisation })
    pipeInPlaceOf(join(folder, manifest.weights.file))
    await expect(openEncoder(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('features that are no numbers are an error of the encoder’s, not of the captioner’s', async () => {
    const { folder } = await addEncoder({ path: onnxFile(pooledOnlyModel()), root: temporaryFolder(), normalisation })
    const encoder = await openEncoder(folder)
    const photo = wave(3 * 32 * 32).fill(Number.NaN)
    await expect(encoder.encode(photo, 1)).rejects.toMatchObject({ code: 'corrupt' })
    await encoder.close()
  })
})
