/** An encoder at work: input batches to grid features, and to boxes where the encoder is a detector. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import { joined, laneCount, openEncoderLanes, type EncoderLanes } from './encoder-lanes.ts'
import type { EncoderManifest } from './encoder-manifest.ts'
import { readEncoderPackage, type EncoderPackage } from './encoder-package.ts'
import { decodeDetections, ssdAnchors, type Detection, type DetectionOptions } from '../regions/detection.ts'

export interface Features {
  /** [n, rows × columns, width] */
  grid: Float32Array
  /** [n, width] */
  pooled: Float32Array
}

export interface Encoder {
  manifest: EncoderManifest
  /** the provider that executes */
  provider: Provider
  /** Features of `n` prepared images, `batch` = [n, 3, height, width] as `prepareImage` gives them, one after the other. */
  encode(batch: Float32Array, n: number): Promise<Features>
  /** Things in each of `n` prepared images, best first, boxes in 0–1 of the input. Throws AppError `unavailable` when this encoder finds none. */
  detect(batch: Float32Array, n: number, options?: DetectionOptions): Promise<Detection[][]>
  close(): Promise<void>
}

/** Opens an encoder package. Throws what `readEncoderPackage` and `createSession` throw. */
export async function openEncoder(folder: string, options: SessionOptions = {}): Promise<Encoder> {
  return openEncoderPackage(await readEncoderPackage(folder), options)
}

/** Opens an encoder package that was read. Throws what `createSession` throws. */
export async function openEncoderPackage({ manifest, weights }: EncoderPackage, options: SessionOptions = {}): Promise<Encoder> {
  const { grid, pooled, detection, input } = manifest
  const inputShape = (n: number): number[] => [n, 3, input.height, input.width]
  const model = decodeModel(weights)
  const graphOf = (outputs: string[]): Uint8Array => encodeModel(keepOutputs(model, outputs))
  // Photos are decoded while it computes: its idle threads leave them the cores.
  const open = (graph: Uint8Array): Promise<Session> => createSession(graph, { waiting: 'sleep', ...options })
  const featuresGraph = graphOf([grid.output, pooled.output])
  const features = await open(featuresGraph)
  let detector: Promise<Session> | undefined

  const run = async (images: Float32Array, count: number): Promise<Features> => {
    const outputs = await features.run({ [input.name]: new Tensor('float32', images, inputShape(count)) })
    return { grid: floats(outputs[grid.output]), pooled: floats(outputs[pooled.output]) }
  }
  let lanesWanted = features.provider === 'cpu' && manifest.batch === undefined ? laneCount(weights.length, options.threads) : 0
  let lanes: EncoderLanes | undefined
  let batches = 0
  const encode = async (images: Float32Array, count: number): Promise<Features> => {
    if (manifest.batch !== undefined) return inFixedBatches(run, images, count, manifest.batch)
    // A first batch is encoded here: a few photos are done before lanes have started.
    if (count === 1 || lanesWanted === 0 || batches++ === 0) return run(images, count)
    lanes ??= openEncoderLanes({ model: inSharedMemory(featuresGraph), input, grid: grid.output, pooled: pooled.output }, lanesWanted)
    try {
      return await lanes.encode(images, count)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'crashed')) throw error
      process.emitWarning(`The encoder ${manifest.name} goes on without lanes: ${error.message}`)
      lanesWanted = 0
      return run(images, count)
    }
  }

  return {
    manifest,
    provider: features.provider,
    async encode(batch, n) {
      const found = await encode(batch, n).catch((cause: unknown) => {
        throw failed(manifest, cause instanceof Error ? cause.message : String(cause), cause)
      })
      if (!Number.isFinite(sum(found.grid)) || !Number.isFinite(sum(found.pooled))) throw failed(manifest, 'some features are no finite numbers')
      return found
    },
    async detect(batch, n, detectionOptions) {
      if (detection === undefined)
        throw new AppError('unavailable', `The encoder ${manifest.name} finds no objects.`, { todo: 'Choose an embedded encoder for boxes.' })
      detector ??= open(graphOf([detection.boxes, detection.classes]))
      const outputs = await (await detector).run({ [input.name]: new Tensor('float32', batch, inputShape(n)) })
      const raw = { boxes: floats(outputs[detection.boxes]), classes: floats(outputs[detection.classes]), labels: detection.labels }
      return decodeDetections(raw, n, ssdAnchors(), detectionOptions)
    },
    async close() {
      await lanes?.close()
      await features.release()
      await (await detector)?.release()
    },
  }
}

/** Runs a graph that takes `size` images at a time over `n`, the last batch filled up with zeros. */
async function inFixedBatches(
  run: (images: Float32Array, count: number) => Promise<Features>,
  batch: Float32Array,
  n: number,
  size: number,
): Promise<Features> {
  const imageLength = batch.length / n
  const parts: Features[] = []
  for (let first = 0; first < n; first += size) {
    const images = new Float32Array(size * imageLength)
    images.set(batch.subarray(first * imageLength, Math.min(first + size, n) * imageLength))
    parts.push(await run(images, size))
  }
  const cut = (all: Float32Array): Float32Array => all.subarray(0, (n * all.length) / (parts.length * size))
  return { grid: cut(joined(parts.map(({ grid }) => grid))), pooled: cut(joined(parts.map(({ pooled }) => pooled))) }
}

/** A copy that threads see without copies of their own. */
function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

function failed({ name }: EncoderManifest, reason: string, cause?: unknown): AppError {
  return new AppError('corrupt', `The encoder ${name} failed: ${reason.replace(/\.?$/, '.')}`, {
    todo: 'Add the encoder again, or choose another one.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Not finite where one of the values is not. */
function sum(values: Float32Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}

function floats(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data
  throw new AppError('bad-input', `The encoder's output is of type ${tensor.type}, not float32.`)
}
