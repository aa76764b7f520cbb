/** Any image encoder that comes as ONNX, as an encoder. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { createSession } from '#engine/runtime/session.ts'
import { largestSide, type EncoderManifest, type Preprocessing } from '../encoders/encoder-manifest.ts'
import { readOnnxFile } from './onnx-file.ts'
import { findOutputs, gridOutput, noise, pooledOutput, withGridOutputs, type Cells, type GridWishes } from './onnx-grid.ts'
import { findImageInput, withImageInput, type ImageInput } from './onnx-image-input.ts'
import type { KnownPreprocessing } from './preprocessor-config.ts'

export interface OnnxImportOptions {
  /** the tensor that holds the grid, where another than the one found is wanted */
  grid?: string
  /** how many cells the grid has, where its shape can be read in two ways */
  cells?: Cells
  /** asks which of several readings is meant */
  askCells?: GridWishes['ask']
  classToken: 'first' | 'dropped'
  /** gives the preprocessing, sizes aside; asked for once the file is known to be an image encoder */
  preprocessing: () => Promise<KnownPreprocessing>
  /** side of the input where neither the graph nor the preprocessing says it */
  side?: number
}

export interface ImportedEncoder {
  onnx: Uint8Array
  manifest: Pick<EncoderManifest, 'kind' | 'input' | 'grid' | 'pooled' | 'batch' | 'text' | 'textMissing'>
  files: ReadonlyMap<string, Uint8Array>
  /** what a person should know about the choices made */
  notes: readonly string[]
}

/** Throws what `readOnnxFile`, `findImageInput` and `findOutputs` throw, and AppError `bad-input` where the input's size is open. */
export async function importOnnx(path: string, options: OnnxImportOptions): Promise<ImportedEncoder> {
  const original = await readOnnxFile(path)
  const image = findImageInput(original)
  const known = await options.preprocessing()
  const size = inputSize(image, known, options.side)
  const fixed = withImageInput(original, image, size, image.batch ?? 'n')
  const probe = { batch: image.batch ?? 1, ...size }
  const found = await findOutputs(fixed.model, fixed.input, probe, {
    ...(options.grid !== undefined && { grid: options.grid }),
    ...(options.cells !== undefined && { cells: options.cells }),
    ...(options.askCells !== undefined && { ask: options.askCells }),
  })
  if (options.classToken === 'first' && (!['tokens', 'tokens-last'].includes(found.grid.layout) || found.grid.extra !== 1))
    throw new AppError('bad-input', `The grid ${found.grid.tensor} has no class token to keep.`, { todo: 'Leave the option out.' })
  const anyBatch = encodeModel(withGridOutputs(withImageInput(original, image, size, 'n').model, found, options.classToken))
  const free = image.batch === undefined || (await takesAnyBatch(anyBatch, fixed.input, size))
  const onnx = free ? anyBatch : encodeModel(withGridOutputs(fixed.model, found, options.classToken))
  const { rows, columns, width, tensor, extra } = found.grid
  const notes = [
    `The grid is ${tensor}: ${rows}×${columns} cells of ${width}${extra > 0 ? `, after ${extra} other token${extra === 1 ? '' : 's'}` : ''}.`,
    ...(found.alternatives.length > 0 && options.grid === undefined ? [`Other tensors of a grid's shape: ${found.alternatives.join(', ')}.`] : []),
    found.pooled ? `The pooled vector is ${found.pooled.tensor}.` : 'The pooled vector is the mean of the cells.',
    ...(free ? [] : [`The graph takes ${image.batch} image${image.batch === 1 ? '' : 's'} at a time only.`]),
  ]
  return {
    onnx,
    notes,
    files: new Map(),
    manifest: {
      kind: 'onnx',
      input: { name: fixed.input, ...preprocessingOf(known, size) },
      grid: { output: gridOutput, rows, columns, width, ...(options.classToken === 'first' && { classToken: 'first' as const }) },
      pooled: { output: pooledOutput, width: found.pooled?.width ?? width },
      ...(!free && { batch: image.batch }),
    },
  }
}

/** The graph's own size, else the asked one, else the preprocessor's. */
function inputSize({ height, width }: ImageInput, known: KnownPreprocessing, side: number | undefined): { height: number; width: number } {
  const size = { height: height ?? side ?? known.height, width: width ?? side ?? known.width }
  if (size.height !== undefined && size.width !== undefined) {
    if (side !== undefined && (size.height !== side || size.width !== side))
      throw new AppError('bad-input', `The graph takes images of ${size.width}×${size.height}, not of ${side}.`, { todo: 'Leave the size out.' })
    if (Math.max(size.height, size.width) > largestSide)
      throw new AppError(
        'bad-input',
        `The graph takes images of ${size.width}×${size.height} pixels, more than the ${largestSide} a side that Capstan gives.`,
        {
          kept: 'Nothing was added.',
          todo: 'Export the model for smaller images.',
        },
      )
    return { height: size.height, width: size.width }
  }
  throw new AppError('bad-input', 'The graph takes images of any size, and no file says which.', { todo: 'Give the side in pixels (--size 224).' })
}

function preprocessingOf(known: KnownPreprocessing, size: { height: number; width: number }): Preprocessing {
  const { shortSide, height, ...rest } = known
  // A short side that was meant for another crop keeps its proportion.
  const scaled = shortSide === undefined || height === undefined ? undefined : Math.round((shortSide * size.height) / height)
  return { ...rest, ...size, ...(scaled !== undefined && scaled > Math.max(size.height, size.width) && { shortSide: scaled }) }
}

/** Whether a graph exported for one batch size also gives two images what it gives one. */
async function takesAnyBatch(onnx: Uint8Array, input: string, { height, width }: { height: number; width: number }): Promise<boolean> {
  const length = 3 * height * width
  const both = noise(2 * length)
  try {
    const session = await createSession(onnx, { log: 'nothing' })
    try {
      const run = async (images: Float32Array): Promise<Float32Array> => {
        const { [gridOutput]: grid } = await session.run({ [input]: new Tensor('float32', images, [images.length / length, 3, height, width]) })
        return grid.data as Float32Array
      }
      const together = await run(both)
      const second = await run(both.slice(length))
      const half = together.subarray(together.length / 2)
      const scale = second.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
      return half.length === second.length && second.every((value, index) => Math.abs(value - half[index]) <= 1e-3 * scale)
    } finally {
      await session.release()
    }
  } catch {
    return false // a shape inside is written for one batch size
  }
}
