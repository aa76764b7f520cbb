/** Finds the part of a graph that its outputs need. */
import type { Graph } from './types.ts'
import type { Node, Value } from './types.ts'

export interface Reachable {
  /** In the order in which they were added, which is an order they can run in. */
  readonly nodes: readonly Node[]
  /** The outputs and everything that the nodes read. */
  readonly used: ReadonlySet<Value>
}

export function reachable(graph: Graph): Reachable {
  const used = new Set(graph.outputs.map((output) => output.value))
  const nodes: Node[] = []
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => used.has(output))) continue
    nodes.push(node)
    for (const input of node.inputs) if (input !== undefined) used.add(input)
  }
  return { nodes: nodes.reverse(), used }
}
