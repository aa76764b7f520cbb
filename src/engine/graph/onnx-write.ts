/** Writes a graph as the bytes of an .onnx file. */
import type { Graph } from './graph.ts'
import { attributeTypeNumbers, elementTypeNumbers, irVersion, modelMessage, operatorSetVersion } from './onnx-schema.ts'
import type { Attribute, Node, Value } from './types.ts'

/**
 * The model that computes the graph's outputs. Nodes, constants and inputs that no output depends on are left out,
 * except inputs named in `keepInputs`.
 */
export function writeOnnx(graph: Graph, options: { name?: string; keepInputs?: readonly string[] } = {}): Uint8Array {
  const { nodes, used } = reachable(graph)
  const names = outputNames(graph, nodes)
  const nameOf = (value: Value) => names.get(value) ?? value.name
  const copies = graph.outputs.filter(({ name, value }) => nameOf(value) !== name)
  const kept = (input: Value) => used.has(input) || (options.keepInputs ?? []).includes(input.name)
  const model = {
    ir_version: irVersion,
    producer_name: 'capstan',
    opset_import: [{ domain: '', version: operatorSetVersion }],
    graph: {
      name: options.name ?? 'graph',
      node: [
        ...nodes.map((node) => nodeMessage(node, nameOf, used)),
        ...copies.map(({ name, value }) => ({ op_type: 'Identity', input: [nameOf(value)], output: [name] })),
      ],
      initializer: graph.constants.filter((constant) => used.has(constant)).map(tensorMessage),
      input: graph.inputs.filter(kept).map((input) => valueMessage(input.name, input)),
      output: graph.outputs.map(({ name, value }) => valueMessage(name, value)),
    },
  }
  return modelMessage.encode(modelMessage.create(model)).finish()
}

/** The nodes that the outputs need, in order, and every value that those nodes read or the outputs are. */
function reachable(graph: Graph): { nodes: readonly Node[]; used: ReadonlySet<Value> } {
  const used = new Set(graph.outputs.map((output) => output.value))
  const nodes: Node[] = []
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => used.has(output))) continue
    nodes.push(node)
    for (const input of node.inputs) if (input !== undefined) used.add(input)
  }
  return { nodes: nodes.reverse(), used }
}

/** A node's result that is an output of the graph takes the output's name; anything else needs an Identity. */
function outputNames(graph: Graph, nodes: readonly Node[]): ReadonlyMap<Value, string> {
  const computed = new Set(nodes.flatMap((node) => node.outputs))
  const names = new Map<Value, string>()
  for (const { name, value } of graph.outputs) if (computed.has(value) && !names.has(value)) names.set(value, name)
  return names
}

function nodeMessage(node: Node, nameOf: (value: Value) => string, used: ReadonlySet<Value>) {
  const output = node.outputs.map((value) => (used.has(value) ? nameOf(value) : ''))
  while (output.length > 1 && output[output.length - 1] === '') output.pop()
  return {
    op_type: node.operator,
    input: node.inputs.map((input) => (input === undefined ? '' : nameOf(input))),
    output,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => ({ name, ...attributeMessage(attribute) })),
  }
}

function attributeMessage(attribute: Attribute): object {
  if ('int' in attribute) return { type: attributeTypeNumbers.int, i: attribute.int }
  if ('float' in attribute) return { type: attributeTypeNumbers.float, f: attribute.float }
  if ('string' in attribute) return { type: attributeTypeNumbers.string, s: new TextEncoder().encode(attribute.string) }
  if ('ints' in attribute) return { type: attributeTypeNumbers.ints, ints: attribute.ints }
  if ('floats' in attribute) return { type: attributeTypeNumbers.floats, floats: attribute.floats }
  return { type: attributeTypeNumbers.int, i: elementTypeNumbers[attribute.elementType] }
}

function tensorMessage(constant: Value): object {
  const { data } = constant
  if (data === undefined) throw new Error(`'${constant.name}' is no constant`)
  return {
    name: constant.name,
    dims: constant.shape,
    data_type: elementTypeNumbers[constant.type],
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

function valueMessage(name: string, { type, shape }: Value): object {
  const dim = shape.map((dimension) => (typeof dimension === 'number' ? { dim_value: dimension } : { dim_param: dimension }))
  return { name, type: { tensor_type: { elem_type: elementTypeNumbers[type], shape: { dim } } } }
}
