/** Arithmetic on shapes. */
import type { Dimension, Shape, Value } from './types.ts'

export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis])
}

/** An axis counted from the front, checked. */
export function normalAxis(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis
  if (result < 0 || result >= rank) throw new Error(`axis ${axis} is outside rank ${rank}`)
  return result
}

/** A size that has to be known now. */
export function staticDimension(dimension: Dimension): number {
  if (typeof dimension === 'string') throw new Error(`dimension '${dimension}' must be known when the graph is built`)
  return dimension
}

/** A shape that has to be known now. */
export function staticShape(value: Value): readonly number[] {
  return value.shape.map(staticDimension)
}

export function elementCount(shape: Shape): number {
  return shape.reduce<number>((product, dimension) => product * staticDimension(dimension), 1)
}

/** The shape of an elementwise result (ONNX's multidirectional broadcasting). */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const result: Dimension[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left === right || right === 1) result.push(left)
    else if (left === 1) result.push(right)
    else throw new Error(`shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`)
  }
  return result
}

/** The integers inside a constant int64 value, e.g. the axes of a reduction. */
export function constantIntegers(value: Value): readonly number[] {
  if (!(value.data instanceof BigInt64Array)) throw new Error(`'${value.name}' must be a constant of int64`)
  return Array.from(value.data, Number)
}
