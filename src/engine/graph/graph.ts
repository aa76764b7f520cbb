/**
 * A graph under construction: inputs, constants, nodes and outputs, in ONNX's own vocabulary.
 * Every node is checked against its operator's rule when it is added, so a wrong shape fails where it was written.
 */
import { operators } from './operators/table.ts'
import { elementCount, shapeText } from './shapes.ts'
import type { Attributes, ElementType, Graph, Node, Shape, TensorData, Value } from './types.ts'

/** An empty graph. */
export function createGraph(): Graph {
  return new CheckedGraph()
}

class CheckedGraph implements Graph {
  readonly inputs: Value[] = []
  readonly constants: Value[] = []
  readonly nodes: Node[] = []
  readonly outputs: { readonly name: string; readonly value: Value }[] = []
  private readonly names = new Set<string>()
  private readonly shared = new Map<string, Value>()
  private readonly counters = new Map<string, number>()

  input(name: string, type: ElementType, shape: Shape): Value {
    const value = this.value(name, type, shape)
    this.inputs.push(value)
    return value
  }

  constant(data: TensorData, type: ElementType, shape: Shape, name?: string): Value {
    if (elementCount(shape) !== data.length) throw new Error(`${data.length} values do not fill shape ${shapeText(shape)}`)
    const value = { ...this.value(name ?? this.freshName('constant'), type, shape), data }
    this.constants.push(value)
    return value
  }

  integers(values: readonly number[]): Value {
    return this.sharedConstant(`int64:${values.join(',')}`, () => this.constant(BigInt64Array.from(values, BigInt), 'int64', [values.length]))
  }

  scalar(value: number, type: ElementType): Value {
    return this.sharedConstant(`${type} scalar:${value}`, () => this.constant(scalarData(value, type), type, []))
  }

  ones(length: number, type: 'float32' | 'float64'): Value {
    const data = type === 'float32' ? new Float32Array(length) : new Float64Array(length)
    return this.sharedConstant(`${type} ones:${length}`, () => this.constant(data.fill(1), type, [length]))
  }

  add(operator: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}, declared?: Shape): readonly Value[] {
    const rule = operators.get(operator)
    if (rule === undefined) throw new Error(`the graph has no rule for operator ${operator}`)
    for (const input of inputs) if (input !== undefined && input.graph !== this) throw new Error(`'${input.name}' belongs to another graph`)
    const outputs = this.inferred(operator, () => rule.infer(inputs, attributes, declared), inputs).map(({ type, shape }) =>
      this.value(this.freshName(operator), type, shape),
    )
    this.nodes.push({ operator, inputs, outputs, attributes })
    return outputs
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((output) => output.name === name)) throw new Error(`the graph has two outputs '${name}'`)
    this.outputs.push({ name, value })
  }

  private inferred<T>(operator: string, infer: () => T, inputs: readonly (Value | undefined)[]): T {
    try {
      return infer()
    } catch (cause) {
      const shapes = inputs.map((input) => (input === undefined ? 'none' : `${input.type}${shapeText(input.shape)}`)).join(', ')
      throw new Error(`${operator}(${shapes}): ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }

  private value(name: string, type: ElementType, shape: Shape): Value {
    if (this.names.has(name)) throw new Error(`the graph has two values '${name}'`)
    this.names.add(name)
    return { graph: this, name, type, shape }
  }

  private freshName(stem: string): string {
    const count = this.counters.get(stem) ?? 0
    this.counters.set(stem, count + 1)
    return `${stem}_${count}`
  }

  private sharedConstant(key: string, make: () => Value): Value {
    const known = this.shared.get(key)
    if (known !== undefined) return known
    const made = make()
    this.shared.set(key, made)
    return made
  }
}

function scalarData(value: number, type: ElementType): TensorData {
  switch (type) {
    case 'float32':
      return Float32Array.of(value)
    case 'float64':
      return Float64Array.of(value)
    case 'int64':
      return BigInt64Array.of(BigInt(value))
    case 'int32':
      return Int32Array.of(value)
    case 'bool':
    case 'uint8':
      return Uint8Array.of(value)
    case 'int8':
      return Int8Array.of(value)
    case 'float16':
      throw new Error('a half-precision scalar has to be cast from float32')
  }
}
