/**
 * The operators as functions over values: what layers, captioners and gradient rules are written in.
 * Each adds one ONNX node (or a few, where said) to its operands' graph. Shapes follow the ONNX operators of the same names.
 */
import { normalAxis, sameShape, staticDimension } from './shapes.ts'
import type { Attributes, Dimension, ElementType, Shape, Value } from './types.ts'

function one(value: Value, operator: string, inputs: readonly (Value | undefined)[], attributes?: Attributes): Value {
  return value.graph.add(operator, inputs, attributes)[0]
}

/** A number beside a value becomes a scalar constant of the value's type. */
function operand(like: Value, value: Value | number): Value {
  return typeof value === 'number' ? like.graph.scalar(value, like.type) : value
}

const binary = (operator: string) => (a: Value, b: Value | number) => one(a, operator, [a, operand(a, b)])
const unary = (operator: string) => (x: Value) => one(x, operator, [x])

export const add = binary('Add')
export const subtract = binary('Sub')
export const multiply = binary('Mul')
export const divide = binary('Div')
/** x to a constant power. */
export const power = binary('Pow')
export const maximum = binary('Max')
export const minimum = binary('Min')
export const equal = binary('Equal')
export const greater = binary('Greater')
export const less = binary('Less')

export const negate = unary('Neg')
export const exponential = unary('Exp')
export const logarithm = unary('Log')
export const squareRoot = unary('Sqrt')
export const absolute = unary('Abs')
export const sign = unary('Sign')
export const relu = unary('Relu')
export const sigmoid = unary('Sigmoid')
export const tanh = unary('Tanh')
export const errorFunction = unary('Erf')
export const identity = unary('Identity')
export const sine = unary('Sin')
export const cosine = unary('Cos')
/** x·Φ(x), with the exact Gaussian distribution function. */
export const gelu = unary('Gelu')

/** x·sigmoid(1.702 x), the approximation that CLIP was trained with (two nodes more). */
export function quickGelu(x: Value): Value {
  return multiply(x, sigmoid(multiply(x, 1.702)))
}

export const square = (x: Value) => multiply(x, x)
export const logicalAnd = (a: Value, b: Value) => one(a, 'And', [a, b])
export const where = (condition: Value, yes: Value, no: Value | number) => one(condition, 'Where', [condition, yes, operand(yes, no)])
export const cast = (x: Value, type: ElementType) => (x.type === type ? x : one(x, 'Cast', [x], { to: { elementType: type } }))

/** Limits x to [low, high]. */
export function clip(x: Value, low: number, high: number): Value {
  return one(x, 'Clip', [x, x.graph.scalar(low, x.type), x.graph.scalar(high, x.type)])
}

export const softmax = (x: Value, axis = -1) => one(x, 'Softmax', [x], { axis: { int: axis } })
export const logSoftmax = (x: Value, axis = -1) => one(x, 'LogSoftmax', [x], { axis: { int: axis } })

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax'
function reduction(operator: Reduction) {
  return (x: Value, axes: readonly number[], keep: 'keep' | 'drop' = 'drop') =>
    one(x, operator, [x, x.graph.integers(axes)], { keepdims: { int: keep === 'keep' ? 1 : 0 } })
}
export const reduceSum = reduction('ReduceSum')
export const reduceMean = reduction('ReduceMean')
export const reduceMax = reduction('ReduceMax')

/** Batched matrix product of [..., m, k] and [..., k, n]. */
export const matMul = (a: Value, b: Value) => one(a, 'MatMul', [a, b])

/** A·B + bias for two-dimensional A and B, each transposed first where asked. */
export function gemm(a: Value, b: Value, bias?: Value, transpose: { a?: boolean; b?: boolean } = {}): Value {
  const attributes = { transA: { int: transpose.a === true ? 1 : 0 }, transB: { int: transpose.b === true ? 1 : 0 } }
  return one(a, 'Gemm', bias === undefined ? [a, b] : [a, b, bias], attributes)
}

/**
 * Gives the same elements another shape. Copies a symbolic dimension that stands at the same axis of x and may infer one more; `sources` names
 * values that have any others.
 */
export function reshape(x: Value, shape: Shape, sources: readonly Value[] = []): Value {
  if (sameShape(x.shape, shape)) return x
  const { graph } = x
  let inferred = false
  const target = shape.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension
    if (x.shape[axis] === dimension) return 0
    const source = sources.find((candidate) => candidate.shape.includes(dimension))
    if (source !== undefined) return dimensionOf(source, source.shape.indexOf(dimension))
    if (inferred) throw new Error(`Reshape needs a source for dimension '${dimension}'`)
    inferred = true
    return -1
  })
  const numbers = target.map((part) => (typeof part === 'number' ? part : 1))
  const sizes = target.every((part) => typeof part === 'number')
    ? graph.integers(numbers)
    : concat(
        target.map((part) => (typeof part === 'number' ? graph.integers([part]) : part)),
        0,
      )
  return graph.add('Reshape', [x, sizes], {}, shape)[0]
}

/** The size of one axis at run time: int64 [1]. */
export const dimensionOf = (x: Value, axis: number) => one(x, 'Shape', [x], { start: { int: axis }, end: { int: axis + 1 } })

export const transpose = (x: Value, order: readonly number[]) => one(x, 'Transpose', [x], { perm: { ints: order } })

/** The last two axes exchanged. */
export function transposeLast(x: Value): Value {
  const rank = x.shape.length
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2])
}

export function concat(values: readonly Value[], axis: number): Value {
  return one(values[0], 'Concat', values, { axis: { int: axis } })
}

/** x[start, end) along one axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  return one(x, 'Slice', [x, x.graph.integers([start]), x.graph.integers([end]), x.graph.integers([normalAxis(axis, x.shape.length)])])
}

/** x[start, end) along one axis whose size is known at run time alone; `size` is what is left of it. */
export function sliceUnknown(x: Value, axis: number, [start, end]: readonly [number, number], size: Dimension): Value {
  const normal = normalAxis(axis, x.shape.length)
  const bounds = [start, end, normal].map((bound) => x.graph.integers([bound]))
  return x.graph.add('Slice', [x, ...bounds], {}, x.shape.with(normal, size))[0]
}

/** `size` elements of a vector from a start known at run time (int64 [1]). */
export function sliceAt(x: Value, start: Value, size: number): Value {
  const end = add(start, x.graph.integers([size]))
  return x.graph.add('Slice', [x, start, end, x.graph.integers([0])], {}, [size])[0]
}

/** Consecutive parts of the given sizes along one axis. */
export function split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  return x.graph.add('Split', [x, x.graph.integers(sizes)], { axis: { int: normalAxis(axis, x.shape.length) } })
}

/** Rows of a table: the shape of `indices` in place of the axis. */
export const gather = (table: Value, indices: Value, axis = 0) => one(table, 'Gather', [table, indices], { axis: { int: axis } })

/** x[i][indices[i][j]] along an axis: the shape of `indices`, which has as many axes as x. */
export const gatherElements = (x: Value, indices: Value, axis: number) => one(x, 'GatherElements', [x, indices], { axis: { int: axis } })

/** The `count` (int64 [1]) highest of the last axis, highest first, of equal ones the first; and where they stand. */
export function topK(x: Value, count: Value): { values: Value; indices: Value } {
  const [values, indices] = x.graph.add('TopK', [x, count], { axis: { int: -1 }, largest: { int: 1 }, sorted: { int: 1 } })
  return { values, indices }
}

/** Sums of an axis's elements up to and including each. */
export const cumulativeSum = (x: Value, axis: number) => one(x, 'CumSum', [x, x.graph.scalar(axis, 'int64')])

/** data + updates at the given positions of its first axis: indices int64 [n, 1], updates [n, ...rest]; no index may come twice. */
export function scatterAdd(data: Value, indices: Value, updates: Value): Value {
  return one(data, 'ScatterND', [data, indices, updates], { reduction: { string: 'add' } })
}

/** data[indices[i][j]][j] += updates[i][j] in the order of i, so that repeated indices add up the same way every time. */
export function scatterElementsAdd(data: Value, indices: Value, updates: Value): Value {
  return one(data, 'ScatterElements', [data, indices, updates], { axis: { int: 0 }, reduction: { string: 'add' } })
}

export const expand = (x: Value, shape: readonly number[]) => (sameShape(x.shape, shape) ? x : one(x, 'Expand', [x, x.graph.integers(shape)]))
export const unsqueeze = (x: Value, axes: readonly number[]) => one(x, 'Unsqueeze', [x, x.graph.integers(axes)])
export const squeeze = (x: Value, axes: readonly number[]) => one(x, 'Squeeze', [x, x.graph.integers(axes)])

/** Zeros around x: `before` and `after` each have one number per axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  return one(x, 'Pad', [x, x.graph.integers([...before, ...after])])
}

/** Layer norm over the last axis: scale·(x − mean)/√(variance + epsilon) + bias. */
export function layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return one(x, 'LayerNormalization', [x, scale, bias], { axis: { int: -1 }, epsilon: { float: epsilon } })
}

/** Zeros of a shape known now. */
export function zeros(like: Value, shape: readonly number[]): Value {
  return expand(like.graph.scalar(0, like.type), shape)
}

/** Sums over the axes that broadcasting added or stretched: the gradient of an operand that was broadcast from `shape`. */
export function sumTo(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  const extra = x.shape.length - shape.length
  const axes = x.shape.flatMap((dimension, axis) => (axis < extra || (shape[axis - extra] === 1 && dimension !== 1) ? [axis] : []))
  const summed = axes.length === 0 ? x : sumsColumns(x, axes) ? columnSums(x) : reduceSum(x, axes, 'keep')
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape)
}

const sumsColumns = (x: Value, axes: readonly number[]) => x.shape.length === 2 && axes.length === 1 && axes[0] === 0

/** The column sums [1, columns] of a matrix as a product with a row of ones: three times as fast as ReduceSum. */
function columnSums(x: Value): Value {
  const rows = staticDimension(x.shape[0])
  return gemm(reshape(x.graph.ones(rows, x.type === 'float64' ? 'float64' : 'float32'), [1, rows]), x)
}
