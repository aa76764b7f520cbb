/** An encoder at work: input batches to grid features, and to boxes where the encoder is a detector. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
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
  // Photos are decoded while it computes: its idle threads leave them the cores.
  const open = (outputs: string[]): Promise<Session> => createSession(encodeModel(keepOutputs(model, outputs)), { waiting: 'sleep', ...options })
  const features = await open([grid.output, pooled.output])
  let detector: Promise<Session> | undefined

  return {
    manifest,
    provider: features.provider,
    async encode(batch, n) {
      const run = async (images: Float32Array, count: number): Promise<Features> => {
        const outputs = await features.run({ [input.name]: new Tensor('float32', images, inputShape(count)) }).catch((cause: unknown) => {
          throw failed(manifest, cause instanceof Error ? cause.message : String(cause), cause)
        })
        const found = { grid: floats(outputs[grid.output]), pooled: floats(outputs[pooled.output]) }
        if (!Number.isFinite(sum(found.grid)) || !Number.isFinite(sum(found.pooled))) throw failed(manifest, 'some features are no finite numbers')
        return found
      }
      return manifest.batch === undefined ? run(batch, n) : inFixedBatches(run, batch, n, manifest.batch)
    },
    async detect(batch, n, detectionOptions) {
      if (detection === undefined)
        throw new AppError('unavailable', `The encoder ${manifest.name} finds no objects.`, { todo: 'Choose an embedded encoder for boxes.' })
      detector ??= open([detection.boxes, detection.classes])
      const outputs = await (await detector).run({ [input.name]: new Tensor('float32', batch, inputShape(n)) })
      const raw = { boxes: floats(outputs[detection.boxes]), classes: floats(outputs[detection.classes]), labels: detection.labels }
      return decodeDetections(raw, n, ssdAnchors(), detectionOptions)
    },
    async close() {
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
  const joined = (pick: (part: Features) => Float32Array): Float32Array => {
    const length = pick(parts[0]).length
    const all = new Float32Array(parts.length * length)
    parts.forEach((part, index) => all.set(pick(part), index * length))
    return all.subarray(0, (n * length) / size)
  }
  return { grid: joined(({ grid }) => grid), pooled: joined(({ pooled }) => pooled) }
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
