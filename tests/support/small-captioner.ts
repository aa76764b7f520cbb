/** Small captioners with drawn weights and batches, and what runs them. */
import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { visualInputsOf } from '#engine/captioners/captioner-config.ts'
import type {
  CaptionerConfig,
  GeometryAwareConfig,
  ObjectRelationConfig,
  ParameterSpec,
  TrainingGraph,
  TrainingShape,
  TransformerConfig,
} from '#engine/captioners/captioner.ts'

const sizes = {
  encoderLayers: 1,
  decoderLayers: 2,
  width: 8,
  feedForward: 12,
  heads: 2,
  featureWidth: 5,
  words: 11,
  maximumWords: 6,
  dropout: 0.1,
  visualDropout: 0.3,
  layerNorm: 'standard',
  shareEmbedding: false,
  visualNorm: false,
  visualPositions: 0,
} as const

export const smallConfig: TransformerConfig = { architecture: 'transformer', ...sizes }

const cells = { kind: 'cells', rows: 2, columns: 2 } as const
const regions = { kind: 'regions' } as const

export const smallObjectRelation: ObjectRelationConfig = {
  architecture: 'object-relation',
  ...sizes,
  boxes: cells,
  boxEmbedding: 'trigonometric',
  attentionSkip: 'none',
}

export const smallGeometryAware: GeometryAwareConfig = {
  architecture: 'geometry-aware',
  ...sizes,
  boxes: cells,
  queryNorm: 'instance',
  queryNormEpsilon: 1e-5,
  geometry: ['query-dependent'],
  geometryWidth: 3,
  geometrySharing: 'heads',
  geometryScale: 'with-content',
  absolutePositions: 'none',
  normPlacement: 'pre',
}

const smallGeometryRegions: GeometryAwareConfig = { ...smallGeometryAware, boxes: regions }
const everyTerm: GeometryAwareConfig['geometry'] = ['content-independent', 'query-dependent', 'key-dependent']

/** Every architecture, over a grid and over regions, with what its options change. */
export const smallCaptioners: [string, CaptionerConfig][] = [
  ['Transformer as published', { ...smallConfig, layerNorm: 'published' }],
  ['Transformer with the standard norm', smallConfig],
  [
    'Transformer with a shared embedding, visual norm and visual positions',
    { ...smallConfig, layerNorm: 'published', shareEmbedding: true, visualNorm: true, visualPositions: 4 },
  ],
  ['Transformer over regions', { ...smallConfig, layerNorm: 'published', regions: 'masked' }],
  ['Object Relation Transformer over a grid', { ...smallObjectRelation, encoderLayers: 2 }],
  ['Object Relation Transformer over regions', { ...smallObjectRelation, layerNorm: 'published', boxes: regions }],
  [
    'Object Relation Transformer with plain relations and the skip of one checkpoint',
    { ...smallObjectRelation, boxes: regions, boxEmbedding: 'plain', attentionSkip: 'published' },
  ],
  ['geometry-aware captioner over a grid', smallGeometryAware],
  ['geometry-aware captioner over a grid, every term', { ...smallGeometryAware, encoderLayers: 2, geometry: everyTerm, geometrySharing: 'heads-and-layers' }],
  ['geometry-aware captioner over a grid, geometry for each head', { ...smallGeometryAware, geometry: everyTerm, geometrySharing: 'none' }],
  ['geometry-aware captioner over regions, every term', { ...smallGeometryRegions, geometry: everyTerm, queryNorm: 'instance-affine' }],
  [
    'geometry-aware captioner over regions, geometry for each head, post-norm',
    { ...smallGeometryRegions, geometry: everyTerm, geometrySharing: 'none', geometryScale: 'unscaled', normPlacement: 'post' },
  ],
  ['geometry-aware captioner with absolute positions of cells', { ...smallGeometryAware, geometry: [], absolutePositions: 'boxes' }],
  ['geometry-aware captioner with absolute positions of regions', { ...smallGeometryRegions, geometry: [], queryNorm: 'none', absolutePositions: 'boxes' }],
]

export const smallShape: TrainingShape = { images: 2, captionsPerImage: 3, steps: 5, visualTokens: 4 }

export type Random = () => number

/** A small generator of numbers in [0, 1) (multiply-with-carry is plenty for tests). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

/** Weights drawn near their initial distribution, norms and biases moved a little so that they matter. */
export function drawWeights(specs: readonly ParameterSpec[], random: Random): Map<string, Float32Array> {
  const draw = ({ initial }: ParameterSpec) => {
    if (initial.kind === 'constant') return initial.value + (random() - 0.5) * 0.4
    return (random() * 2 - 1) * (initial.kind === 'uniform' ? initial.bound : 0.5)
  }
  return new Map(specs.map((spec) => [spec.name, Float32Array.from({ length: sizeOf(spec.shape) }, () => draw(spec))]))
}

export interface DrawnBatch {
  readonly features: Float32Array
  readonly tokens: BigInt64Array
  readonly targets: BigInt64Array
  readonly weights: Float32Array
  /** 1 for tokens, 0 for padding: the second image of a batch has a region less. */
  readonly mask: Float32Array
  /** Boxes within the image, padding all 0. */
  readonly boxes: Float32Array
}

/** Captions of different lengths over drawn features; the weights average over the words that count. */
export function drawBatch(config: CaptionerConfig, shape: TrainingShape, random: Random): DrawnBatch {
  const rows = shape.images * shape.captionsPerImage
  const tokens = new BigInt64Array(rows * shape.steps)
  const targets = new BigInt64Array(rows * shape.steps)
  const weights = new Float32Array(rows * shape.steps)
  for (let row = 0; row < rows; row++) {
    const words = 1 + Math.floor(random() * (shape.steps - 1))
    for (let step = 0; step <= words; step++) {
      const word = step < words ? BigInt(1 + Math.floor(random() * config.words)) : 0n
      targets[row * shape.steps + step] = word
      if (step < words) tokens[row * shape.steps + step + 1] = word
      weights[row * shape.steps + step] = 1 / (rows * (words + 1))
    }
  }
  const features = Float32Array.from({ length: shape.images * shape.visualTokens * config.featureWidth }, () => random() * 2 - 1)
  const lastOfSecond = 2 * shape.visualTokens - 1
  const mask = Float32Array.from({ length: shape.images * shape.visualTokens }, (_, token) => (token === lastOfSecond ? 0 : 1))
  const boxes = Float32Array.from([...mask].flatMap((valid) => drawBox(random).map((value) => value * valid)))
  return { features, tokens, targets, weights, mask, boxes }
}

function drawBox(random: Random): number[] {
  const [x, y] = [random() * 0.6, random() * 0.6]
  return [x, y, x + 0.1 + random() * 0.3, y + 0.1 + random() * 0.3]
}

/** What a captioner's graphs read of a batch's images. */
export function visualFeeds(config: CaptionerConfig, shape: TrainingShape, batch: DrawnBatch): Record<string, Tensor> {
  const inputs = visualInputsOf(config)
  const tokens = [shape.images, shape.visualTokens]
  return {
    features: new Tensor('float32', batch.features, [...tokens, config.featureWidth]),
    ...(inputs.includes('visual_mask') && { visual_mask: new Tensor('float32', batch.mask, tokens) }),
    ...(inputs.includes('boxes') && { boxes: new Tensor('float32', batch.boxes, [...tokens, 4]) }),
  }
}

/** The feeds of a float32 training or scoring graph, `weights` only where asked. */
export function batchFeeds(config: CaptionerConfig, shape: TrainingShape, batch: DrawnBatch, part: 'training' | 'scoring'): Record<string, Tensor> {
  const captions = [shape.images * shape.captionsPerImage, shape.steps]
  return {
    ...visualFeeds(config, shape, batch),
    tokens: new Tensor('int64', batch.tokens, captions),
    targets: new Tensor('int64', batch.targets, captions),
    ...(part === 'training' && { weights: new Tensor('float32', batch.weights, captions) }),
  }
}

export function parameterFeeds(specs: readonly ParameterSpec[], weights: ReadonlyMap<string, Float32Array>): Record<string, Tensor> {
  return Object.fromEntries(specs.map(({ name, shape }) => [name, new Tensor('float32', weights.get(name) ?? new Float32Array(), shape)]))
}

/** Masks and offsets for every dropout site of a training graph. */
export function dropoutFeeds(graph: TrainingGraph, random: Random): Record<string, Tensor> {
  const pools = graph.dropoutPools.map(({ input, rate, size }): [string, Tensor] => {
    const mask = Float32Array.from({ length: size }, () => (random() < rate ? 0 : 1 / (1 - rate)))
    return [input, new Tensor('float32', mask, [size])]
  })
  const sizes = new Map(graph.dropoutPools.map((pool) => [pool.rate, pool.size]))
  const offsets = graph.dropoutSites.map((site) => BigInt(Math.floor(random() * ((sizes.get(site.rate) ?? 0) - site.size))))
  return { ...Object.fromEntries(pools), dropout_offsets: new Tensor('int64', BigInt64Array.from(offsets), [offsets.length]) }
}

export function openSession(model: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
}

export function floats(tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) throw new Error(`a float32 tensor was expected, not ${tensor.type}`)
  return tensor.data
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let largest = 0
  for (let index = 0; index < a.length; index++) largest = Math.max(largest, Math.abs(a[index] - b[index]))
  return largest
}
