/**
 * A model as ONNX files that need nothing of ours: prepare.onnx (a decoded photo to pixels), vision.onnx (pixels to grid), encoder.onnx
 * (grid to keys and values), decoder.onnx (one decoding step), settings.json, and an example that captions a photo with onnxruntime alone.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { visualInputsOf } from '#engine/captioners/captioner-config.ts'
import { decodeModel, encodeModel, onnxDataTypes } from '#engine/graph/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx-subgraph.ts'
import type { EncoderManifest } from '#engine/vision/encoder-manifest.ts'
import { readEncoderPackage } from '#engine/vision/encoder-package.ts'
import { featureKey, poolGrid, storedGrid, type FeatureKey } from '#engine/vision/feature-key.ts'
import { AppError } from '#shared/errors.ts'
import { readModelPackage, type ModelPackage } from './model-package.ts'
import { exampleSource } from './onnx-example.ts'
import { floatTensor, integerTensor, preparationModel } from './onnx-preparation.ts'

export interface OnnxExport {
  /** Folder of the model package. */
  model: string
  /** Folders that hold encoder packages by id. */
  encoderRoots: readonly string[]
  /** Must not be there yet. */
  folder: string
}

/**
 * Writes the folder whole or not at all. Returns the names of its files.
 * @throws AppError `conflict` where there is something already, `unavailable` without the model's encoder, `bad-input` for a model over regions
 */
export async function exportOnnx({ model: modelFolder, encoderRoots, folder }: OnnxExport): Promise<string[]> {
  if (await exists(folder))
    throw new AppError('conflict', `There is already something at ${folder}.`, { kept: 'It was not changed.', todo: 'Choose another folder.' })
  const model = await readModelPackage(modelFolder)
  if (visualInputsOf(model.captioner.config).length > 0)
    throw new AppError('bad-input', `The model ${model.manifest.name} sees regions, and only models over grids are exported.`, {
      kept: 'Nothing was written.',
      todo: 'Export a model that sees the cells of a grid.',
    })
  const { manifest, weights } = await modelEncoder(model, encoderRoots)
  const key = featureKey(manifest, { pooling: model.manifest.encoder.pooling })
  const files: Record<string, string | Uint8Array> = {
    'prepare.onnx': preparationModel(manifest.input, manifest.batch ?? 1),
    'vision.onnx': encodeModel(keepOutputs(decodeModel(weights), [manifest.grid.output])),
    'encoder.onnx': withPooling(model.captioner.encodeGraph(model.weights), key, manifest.batch ?? 1),
    'decoder.onnx': model.captioner.stepGraph(model.weights),
    'settings.json': `${JSON.stringify(settingsOf(model, manifest), null, 1)}\n`,
    'caption.mjs': exampleSource,
  }
  const partial = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.partial`)
  try {
    await mkdir(partial, { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(partial, name), content, { flush: true })
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
  return Object.keys(files)
}

/** The encoder that the model was trained with. */
async function modelEncoder({ manifest }: ModelPackage, roots: readonly string[]): ReturnType<typeof readEncoderPackage> {
  const { id, fingerprint } = manifest.encoder
  for (const root of roots) {
    const found = await readEncoderPackage(join(root, id)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined
      throw error
    })
    if (found !== undefined && featureKey(found.manifest).fingerprint === fingerprint) return found
  }
  throw new AppError('unavailable', `The encoder “${id}” that the model “${manifest.name}” was trained with is not here.`, { todo: 'Add that encoder.' })
}

/**
 * The encode graph with `grid` [n, cells, width], as the vision model gives it, in place of `features`: pooling is a matrix product.
 * Of a vision model with a fixed batch only the first image is taken.
 */
function withPooling(encodeGraph: Uint8Array, key: FeatureKey, batch: number): Uint8Array {
  const model = decodeModel(encodeGraph)
  const { graph } = model
  const cells = gridCells(key)
  const { tokens } = storedGrid(key)
  const pooling = floatTensor('pooling', [tokens, cells], poolingMatrix(key, cells, tokens))
  const node = (opType: string, inputs: string[], output: string) => ({ opType, name: output, inputs, outputs: [output], attributes: {} })
  const picked = batch > 1 ? 'first image' : 'grid'
  const nodes = [...(batch > 1 ? [node('Gather', ['grid', 'first'], picked)] : []), node('MatMul', ['pooling', picked], 'features')]
  const constants = [pooling, ...(batch > 1 ? [integerTensor('first', [0])] : [])]
  const inputs = [{ name: 'grid', dataType: onnxDataTypes.float32, shape: [batch > 1 ? batch : 'n', cells, key.width] }]
  const initializers = [...constants, ...graph.initializers]
  return encodeModel({ ...model, graph: { ...graph, inputs, initializers, nodes: [...nodes, ...graph.nodes] } })
}

/** [tokens, cells]: what each stored token takes of each cell, found by pooling the cells of an identity matrix. */
function poolingMatrix(key: FeatureKey, cells: number, tokens: number): Float32Array {
  const identity = Float32Array.from({ length: cells * cells }, (_, index) => (index % (cells + 1) === 0 ? 1 : 0))
  const matrix = new Float32Array(tokens * cells)
  poolGrid(identity, { ...key, width: cells }, matrix)
  return matrix
}

/** Tokens as the vision model gives them, before pooling. */
function gridCells(key: FeatureKey): number {
  return storedGrid({ ...key, pooling: 1 }).tokens
}

/** What the example reads. */
function settingsOf({ captioner, vocabulary, manifest }: ModelPackage, encoder: EncoderManifest): object {
  const { config } = captioner
  return {
    model: manifest.name,
    input: encoder.input.name,
    output: encoder.grid.output,
    cache: { heads: config.heads, width: config.width / config.heads },
    maximumWords: config.maximumWords,
    words: vocabulary.words,
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
