/**
 * How a decoding step sees the words before it. Handed on, the keys and values of all of them go from step to step; kept, each step gives its own rows
 * alone, and what was written before stays where it lies: nothing is copied but the numbers that say which rows a caption consists of.
 */
import { add, cast, concat, equal, gather, matMul, multiply, reduceSum, reshape, sliceUnknown, softmax, transposeLast, unsqueeze } from '../graph/operations.ts'
import type { Graph, Value } from '../graph/types.ts'
import { masked } from '../nn/attention.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import type { KeptRows, StepCache, StepPast } from './captioner.ts'

const kinds = ['keys', 'values'] as const
type Kind = (typeof kinds)[number]

/** The rows of this step: [rows, width]. */
interface StepRows extends Readonly<Record<Kind, Value>> {
  readonly queries: Value
}

interface SeenPast {
  /** What each row finds in its caption so far, itself included: [rows, width]. */
  attend(layer: number, own: StepRows): Value
}

interface Step {
  /** [rows] */
  readonly tokens: Value
  /** [1] */
  readonly position: Value
}

/** Inputs and outputs of a step graph by how it sees the past. */
export const stepPasts: Record<StepPast, (graph: Graph, config: CaptionerConfig, step: Step) => SeenPast> = { 'handed-on': handedOn, kept }

function handedOn(graph: Graph, { heads, width }: CaptionerConfig, { tokens }: Step): SeenPast {
  const parents = graph.input('parents', 'int64', ['rows'])
  const oneStep = oneStepOf(heads, width, tokens)
  const extended = (kind: Kind, layer: number, own: Value): Value => {
    const cache = graph.input(`self_${kind}_${layer}`, 'float32', ['previous rows', heads, 'position', width / heads])
    const present = concat([gather(cache, parents), oneStep(own)], 2)
    graph.output(`present_${kind}_${layer}`, present)
    return present
  }
  return {
    attend(layer, { queries, keys, values }) {
      const [seenKeys, seenValues] = [extended('keys', layer, keys), extended('values', layer, values)]
      const logits = multiply(matMul(oneStep(queries), transposeLast(seenKeys)), 1 / Math.sqrt(width / heads))
      return reshape(matMul(softmax(logits), seenValues), ['rows', width])
    },
  }
}

function kept(graph: Graph, { heads, width }: CaptionerConfig, { tokens, position }: Step): SeenPast {
  const headWidth = width / heads
  const oneStep = oneStepOf(heads, width, tokens)
  // A row's heads lie next to each other: each is a row of the memory by itself.
  const pastRows = graph.input('past_rows', 'int32', ['rows', 'position'])
  const everyHead = graph.constant(
    Int32Array.from({ length: heads }, (_, head) => head),
    'int32',
    [1, heads, 1],
  )
  const pastHeads = add(multiply(unsqueeze(pastRows, [1]), graph.scalar(heads, 'int32')), everyHead)
  // The row that the first step is given in place of a past. Without any row the product with the values would be empty, which ends the process on WebGPU.
  const nothing = multiply(cast(equal(position, graph.scalar(0, 'int64')), 'float32'), masked)
  const before = (kind: Kind, layer: number): Value => gather(graph.input(`past_${kind}_${layer}`, 'float32', ['past heads', headWidth]), pastHeads)
  return {
    attend(layer, own) {
      for (const kind of kinds) graph.output(`row_${kind}_${layer}`, own[kind])
      const queries = oneStep(own.queries)
      const scaled = multiply(queries, 1 / Math.sqrt(headWidth))
      // A product of matrices for each row and head would take longer than these sums.
      const ofItself = reduceSum(multiply(scaled, oneStep(own.keys)), [3], 'keep')
      const probabilities = softmax(concat([ofItself, add(matMul(scaled, transposeLast(before('keys', layer))), nothing)], 3))
      const itself = multiply(sliceUnknown(probabilities, 3, [0, 1], 1), oneStep(own.values))
      const others = matMul(sliceUnknown(probabilities, 3, [1, Number.MAX_SAFE_INTEGER], 'position'), before('values', layer))
      return reshape(add(itself, others), ['rows', width])
    },
  }
}

/** Rows [rows, width] as heads of one step [rows, heads, 1, width / heads]. */
function oneStepOf(heads: number, width: number, tokens: Value): (rows: Value) => Value {
  return (rows) => reshape(rows, ['rows', heads, 1, width / heads], [tokens])
}

/** See `Captioner.caches`. */
export function transformerCaches({ decoderLayers, heads, width }: CaptionerConfig): readonly StepCache[] {
  return ofLayers(decoderLayers, (name) => ({
    feed: `self_${name}`,
    fetch: `present_${name}`,
    shape: (rows, position) => [rows, heads, position, width / heads],
  }))
}

/** See `Captioner.keptRows`. */
export function transformerKeptRows({ decoderLayers, heads, width }: CaptionerConfig): readonly KeptRows[] {
  return ofLayers(decoderLayers, (name) => ({ feed: `past_${name}`, fetch: `row_${name}`, width, parts: heads }))
}

function ofLayers<Part>(layers: number, partOf: (name: string) => Part): Part[] {
  return Array.from({ length: layers }, (_, layer) => kinds.map((kind) => partOf(`${kind}_${layer}`))).flat()
}
