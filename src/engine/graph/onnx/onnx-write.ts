/** Writes a graph as the bytes of an .onnx file. */
import type { Graph } from '../types.ts'
import { onnxDataTypes } from './onnx-model.ts'
import { encodeModel } from './onnx-proto.ts'
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxValue } from './onnx-model.ts'
import { operators } from '../operators/table.ts'
import { reachable } from '../reachable.ts'
import type { Attribute, Node, Value } from '../types.ts'

const irVersion = 10
const operatorSetVersion = 21

/** The model that computes the graph's outputs. Nodes, constants and inputs that no output depends on are left out. */
export function writeOnnx(graph: Graph, name: string): Uint8Array {
  const { nodes, used } = reachable(graph)
  const names = outputNames(graph, nodes)
  const nameOf = (value: Value) => names.get(value) ?? value.name
  const copies = graph.outputs.filter((output) => nameOf(output.value) !== output.name)
  return encodeModel({
    irVersion,
    opsets: [{ domain: '', version: operatorSetVersion }],
    graph: {
      name,
      nodes: [...nodes.map((node) => onnxNode(node, nameOf, used)), ...copies.map((output) => onnxCopy(nameOf(output.value), output.name))],
      initializers: graph.constants.filter((constant) => used.has(constant)).map(onnxTensor),
      inputs: graph.inputs.filter((input) => used.has(input)).map((input) => onnxValue(input.name, input)),
      outputs: graph.outputs.map((output) => onnxValue(output.name, output.value)),
    },
  })
}

/** A node's result that is an output of the graph takes the output's name; anything else is copied to it. */
function outputNames(graph: Graph, nodes: readonly Node[]): ReadonlyMap<Value, string> {
  const computed = new Set(nodes.flatMap((node) => node.outputs))
  const names = new Map<Value, string>()
  for (const { name, value } of graph.outputs) if (computed.has(value) && !names.has(value)) names.set(value, name)
  return names
}

function onnxCopy(from: string, to: string): OnnxNode {
  return { opType: 'Identity', name: `copy to ${to}`, inputs: [from], outputs: [to], attributes: {} }
}

/** A node is named after its first result, so that profiles and error messages can be traced back. */
function onnxNode(node: Node, nameOf: (value: Value) => string, used: ReadonlySet<Value>): OnnxNode {
  const requiredOutputs = operators.get(node.operator)?.requiredOutputs ?? node.outputs.length
  const lastUsed = node.outputs.findLastIndex((value) => used.has(value))
  const outputs = node.outputs.slice(0, Math.max(requiredOutputs, lastUsed + 1)).map(nameOf)
  return {
    opType: node.operator,
    name: node.outputs[0].name,
    inputs: node.inputs.map((input) => (input === undefined ? '' : nameOf(input))),
    outputs,
    attributes: Object.fromEntries(Object.entries(node.attributes).map(([name, attribute]) => [name, onnxAttribute(attribute)])),
  }
}

function onnxAttribute(attribute: Attribute): OnnxAttribute {
  if ('int' in attribute) return { kind: 'int', value: attribute.int }
  if ('float' in attribute) return { kind: 'float', value: attribute.float }
  if ('string' in attribute) return { kind: 'string', value: attribute.string }
  if ('ints' in attribute) return { kind: 'ints', value: [...attribute.ints] }
  if ('floats' in attribute) return { kind: 'floats', value: [...attribute.floats] }
  return { kind: 'int', value: onnxDataTypes[attribute.elementType] }
}

function onnxTensor({ name, type, shape, data }: Value): OnnxTensor {
  if (data === undefined) throw new Error(`'${name}' is no constant`)
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { name, dims: shape.map(Number), dataType: onnxDataTypes[type], rawData }
}

function onnxValue(name: string, { type, shape }: Value): OnnxValue {
  return { name, dataType: onnxDataTypes[type], shape: [...shape] }
}
