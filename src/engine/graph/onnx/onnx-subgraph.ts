/** Cuts an ONNX model down to what some of its outputs need: onnxruntime computes every node of a session, needed or not. */
import { AppError } from '#shared/errors.ts'
import type { OnnxGraph, OnnxModel, OnnxNode } from './onnx-model.ts'

/** The model with only the outputs `names`, and the nodes, constants and inputs they depend on. Throws AppError `bad-input` for an unknown name. */
export function keepOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const { graph } = model
  const outputs = names.map((name) => {
    const output = graph.outputs.find((candidate) => candidate.name === name)
    if (output === undefined) throw new AppError('bad-input', `The model has no output "${name}".`)
    return output
  })
  const needed = new Set(names)
  const nodes: OnnxNode[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    nodes.push(node)
    for (const input of inputsOf(node)) needed.add(input)
  }
  nodes.reverse()
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      outputs,
      inputs: graph.inputs.filter((input) => needed.has(input.name)),
      initializers: graph.initializers.filter((tensor) => needed.has(tensor.name)),
    },
  }
}

/** What a node reads, the outer names that its inner graphs (If, Loop, Scan) refer to included. */
function inputsOf(node: OnnxNode): string[] {
  const inner = Object.values(node.attributes).flatMap((attribute) => (attribute.kind === 'graph' ? namesRead(attribute.value) : []))
  return [...node.inputs, ...inner]
}

function namesRead(graph: OnnxGraph): string[] {
  return [...graph.nodes.flatMap(inputsOf), ...graph.outputs.map((output) => output.name)]
}
