/** Writes an ONNX graph node by node. Writing a value returns its name. */
import { floatTensor, integerTensor, node, type OnnxPieces } from './onnx-pieces.ts'
import { onnxDataTypes, type OnnxAttribute, type OnnxNode } from './onnx-model.ts'

export interface GraphWriter {
  /** Writes a node with one output and gives its name. */
  add(opType: string, inputs: string[], attributes?: Record<string, OnnxAttribute>): string
  /** int64 constants of shape [values] */
  whole(...values: number[]): string
  /** a float64 scalar */
  real(value: number): string
  /** float64 constants of this shape */
  reals(dims: number[], values: readonly number[]): string
  /** a float32 scalar */
  single(value: number): string
  /** `condition` (bool [1]) ? `yes` : `no`, each a float32 value; only the nodes of the one that is chosen run. */
  choose(condition: string, yes: (branch: GraphWriter) => string, no: (branch: GraphWriter) => string): string
}

/** A writer and what it has written so far; `prefix` keeps its names apart from others of the same graph. */
export function graphWriter(prefix: string): { writer: GraphWriter; pieces: OnnxPieces } {
  const pieces: OnnxPieces = { nodes: [], constants: [] }
  const known = new Map<string, string>()
  let written = 0
  const nameOf = (what: string): string => `${prefix}/${what} ${++written}`
  /** The constant of this key; the same one is written once. */
  const constant = (key: string, make: (name: string) => OnnxPieces['constants'][number]): string => {
    const found = known.get(key)
    if (found !== undefined) return found
    const tensor = make(nameOf('constant'))
    pieces.constants.push(tensor)
    known.set(key, tensor.name)
    return tensor.name
  }
  const doubles = (dims: number[], values: readonly number[]): string =>
    constant(`float64 ${dims.join('×')}: ${values.join(' ')}`, (name) => ({
      name,
      dataType: onnxDataTypes.float64,
      dims,
      rawData: new Uint8Array(Float64Array.from(values).buffer),
    }))
  const into = (nodes: OnnxNode[]): GraphWriter => {
    const add: GraphWriter['add'] = (opType, inputs, attributes = {}) => {
      const output = nameOf(opType)
      nodes.push(node(opType, inputs, output, attributes))
      return output
    }
    const branchOf = (name: string, write: (branch: GraphWriter) => string): OnnxAttribute => {
      const inner: OnnxNode[] = []
      const writer = into(inner)
      // A branch must have an output of its own, even if it only passes a value on.
      const output = writer.add('Identity', [write(writer)])
      const outputs = [{ name: output, dataType: onnxDataTypes.float32, shape: undefined }]
      return { kind: 'graph', value: { name, nodes: inner, inputs: [], outputs, initializers: [] } }
    }
    return {
      add,
      whole: (...values) => constant(`int64 ${values.join(' ')}`, (name) => integerTensor(name, values)),
      real: (value) => doubles([], [value]),
      reals: doubles,
      single: (value) => constant(`float32 ${value}`, (name) => floatTensor(name, [], Float32Array.of(value))),
      choose: (condition, yes, no) => add('If', [condition], { then_branch: branchOf('then', yes), else_branch: branchOf('else', no) }),
    }
  }
  return { writer: into(pieces.nodes), pieces }
}
