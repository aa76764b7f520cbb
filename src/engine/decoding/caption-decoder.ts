/** A captioner's encode and step graphs in onnxruntime, with keys and values cached from step to step. */
import { Tensor } from 'onnxruntime-node'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import type { Provider } from '#shared/domain.ts'
import type { Stepper } from './stepper.ts'

export interface CaptionDecoder {
  /** The provider that executes. */
  readonly provider: Provider
  /** Encodes features [images, visualTokens, featureWidth] and stands before the first step. */
  begin(features: Float32Array, images: number, visualTokens: number, beams: number): Promise<Stepper>
  close(): Promise<void>
}

export async function openCaptionDecoder(captioner: Captioner, weights: Weights, options: SessionOptions = {}): Promise<CaptionDecoder> {
  const encoder = await createSession(captioner.encodeGraph(weights), options)
  const step = await createSession(captioner.stepGraph(weights), options)
  const { config } = captioner
  return {
    provider: encoder.provider,
    async begin(features, images, visualTokens, beams) {
      const shape = [images, visualTokens, config.featureWidth]
      const memory = await encoder.run({ features: new Tensor('float32', features, shape) })
      return cachedStepper(step, memory, config, images, beams)
    },
    async close() {
      await encoder.release()
      await step.release()
    },
  }
}

type TensorsByName = Readonly<Record<string, Tensor>>

function cachedStepper(
  session: Session,
  memory: TensorsByName,
  config: Captioner['config'],
  images: number,
  beams: number,
): Stepper {
  const rows = images * beams
  const emptyCache = (): Tensor => new Tensor('float32', new Float32Array(0), [rows, config.heads, 0, config.width / config.heads])
  let cache: Record<string, Tensor> = {}
  for (let layer = 0; layer < config.decoderLayers; layer++) {
    cache[`self_keys_${layer}`] = emptyCache()
    cache[`self_values_${layer}`] = emptyCache()
  }
  let position = 0
  return {
    images,
    beams,
    outputs: config.words + 1,
    maximumSteps: config.maximumWords,
    async step(tokens, parents) {
      const results: TensorsByName = await session.run(
        {
          ...memory,
          ...cache,
          tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [rows]),
          parents: new Tensor('int64', BigInt64Array.from(parents, BigInt), [rows]),
          position: new Tensor('int64', BigInt64Array.of(BigInt(position)), [1]),
        },
        outputNames(config.decoderLayers),
      )
      position++
      cache = {}
      for (let layer = 0; layer < config.decoderLayers; layer++) {
        cache[`self_keys_${layer}`] = results[`present_keys_${layer}`]
        cache[`self_values_${layer}`] = results[`present_values_${layer}`]
      }
      return floats(results['log_probabilities'])
    },
  }
}

function outputNames(layers: number): string[] {
  const names = ['log_probabilities']
  for (let layer = 0; layer < layers; layer++) names.push(`present_keys_${layer}`, `present_values_${layer}`)
  return names
}

function floats(tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`the step graph gave ${tensor.type} log-probabilities`)
  return tensor.data
}
