/**
 * Folds constants: computes values that depend on constants alone while the graph is built, so that a model stores the result and not the nodes.
 * Computes in double precision and rounds once. Knows only the operators that such values have needed so far.
 */
import { elementCount, normalAxis, staticDimension, staticShape } from './shapes.ts'
import { intAttribute, intsAttribute, required } from './types.ts'
import type { Node, Value } from './types.ts'

/** Returns the value as a constant of its graph if no fed input contributes to it, else the value itself. */
export function folded(value: Value): Value {
  if (value.data !== undefined || (value.type !== 'float32' && value.type !== 'float64')) return value
  const { graph } = value
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output): [Value, Node] => [output, node])))
  if (!isConstant(value, producers, new Map())) return value
  const result = evaluated(value, producers, new Map())
  return graph.constant(value.type === 'float32' ? Float32Array.from(result) : result, value.type, value.shape)
}

type Producers = ReadonlyMap<Value, Node>

function isConstant(value: Value, producers: Producers, known: Map<Value, boolean>): boolean {
  const answer = known.get(value)
  if (answer !== undefined) return answer
  const inputs = producers.get(value)?.inputs ?? []
  const allConstant = () => inputs.every((input) => input === undefined || isConstant(input, producers, known))
  const result = value.data !== undefined || (inputs.length > 0 && allConstant())
  known.set(value, result)
  return result
}

function evaluated(value: Value, producers: Producers, known: Map<Value, Float64Array>): Float64Array {
  const answer = known.get(value)
  if (answer !== undefined) return answer
  const node = producers.get(value)
  const result =
    node === undefined
      ? Float64Array.from(value.data ?? [], Number)
      : ruleOf(node)(
          node,
          node.inputs.map((_, index) => evaluated(required(node.inputs, index), producers, known)),
        )
  known.set(value, result)
  return result
}

type Rule = (node: Node, inputs: readonly Float64Array[]) => Float64Array

const unary =
  (f: (x: number) => number): Rule =>
  (_, [x]) =>
    x.map(f)
const same: Rule = (_, [x]) => x

/** Element by element over the broadcast shape. */
const binary =
  (f: (a: number, b: number) => number): Rule =>
  (node, [a, b]) => {
    const shape = staticShape(node.outputs[0])
    const [ofA, ofB] = [0, 1].map((index) => positions(shape, broadcastStrides(required(node.inputs, index), shape.length)))
    return Float64Array.from(ofA, (position, index) => f(a[position], b[ofB[index]]))
  }

const rules: Readonly<Record<string, Rule>> = {
  Identity: same,
  Reshape: same,
  Unsqueeze: same,
  Relu: unary((x) => Math.max(x, 0)),
  Log: unary(Math.log),
  Abs: unary(Math.abs),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Max: binary(Math.max),
  Transpose(node, [x]) {
    const input = required(node.inputs, 0)
    const strides = rowMajorStrides(staticShape(input))
    const order = intsAttribute(node.attributes, 'perm') ?? []
    return gathered(
      x,
      positions(
        staticShape(node.outputs[0]),
        order.map((axis) => strides[axis]),
      ),
    )
  },
  Slice(node, [x, [start], , [axis]]) {
    const shape = staticShape(required(node.inputs, 0))
    const strides = rowMajorStrides(shape)
    const offset = start * strides[normalAxis(axis, shape.length)]
    return gathered(
      x,
      positions(staticShape(node.outputs[0]), strides).map((position) => position + offset),
    )
  },
  Concat(node, inputs) {
    const shape = staticShape(node.outputs[0])
    const axis = normalAxis(intAttribute(node.attributes, 'axis', 0), shape.length)
    const inner = elementCount(shape.slice(axis + 1))
    const result = new Float64Array(elementCount(shape))
    let start = 0
    inputs.forEach((part, index) => {
      const block = staticDimension(required(node.inputs, index).shape[axis]) * inner
      for (let outer = 0; outer * block < part.length; outer++)
        result.set(part.subarray(outer * block, (outer + 1) * block), outer * shape[axis] * inner + start)
      start += block
    })
    return result
  },
  /** A·Bᵀ + bias per column, the form that layers are written in. */
  Gemm(node, [a, b, bias]) {
    if (intAttribute(node.attributes, 'transA', 0) !== 0 || intAttribute(node.attributes, 'transB', 0) !== 1) throw new Error('only A·Bᵀ is folded')
    const [rows, columns] = staticShape(node.outputs[0])
    const inner = a.length / rows
    const result = new Float64Array(rows * columns)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = bias?.[column] ?? 0
        for (let index = 0; index < inner; index++) sum += a[row * inner + index] * b[column * inner + index]
        result[row * columns + column] = sum
      }
    return result
  },
  /** Over the last axis. */
  ReduceSum(node, [x]) {
    const width = staticDimension(required(node.inputs, 0).shape.at(-1) ?? 1)
    const result = new Float64Array(elementCount(node.outputs[0].shape))
    if (result.length * width !== x.length) throw new Error('only sums over the last axis are folded')
    x.forEach((value, index) => (result[Math.floor(index / width)] += value))
    return result
  },
}

function ruleOf({ operator }: Node): Rule {
  const rule = rules[operator]
  if (rule === undefined) throw new Error(`operator ${operator} is not folded`)
  return rule
}

function rowMajorStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
}

/** The steps through an operand along the axes of a result of `rank` axes: 0 where it is broadcast. */
function broadcastStrides(operand: Value, rank: number): number[] {
  const shape = staticShape(operand)
  const strides = rowMajorStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride))
  return [...Array<number>(rank - shape.length).fill(0), ...strides]
}

/** Where each element of a row-major result lies in an operand with the given strides. */
function positions(shape: readonly number[], strides: readonly number[]): Int32Array {
  const result = new Int32Array(elementCount(shape))
  // Works from the last axis outwards and repeats what is filled so far, shifted, along the next axis.
  let block = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const filled = block * shape[axis]
    for (let index = block; index < filled; index++) result[index] = result[index % block] + Math.floor(index / block) * strides[axis]
    block = filled
  }
  return result
}

function gathered(x: Float64Array, at: Int32Array): Float64Array {
  return Float64Array.from(at, (position) => x[position])
}
