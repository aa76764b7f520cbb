/** A graph, and the values, nodes and attributes that it is made of. */

export const elementTypes = ['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'int8', 'bool'] as const
export type ElementType = (typeof elementTypes)[number]

/** A size known now, or the name of one known only when the graph runs. */
export type Dimension = number | string
export type Shape = readonly Dimension[]

/** The bytes of a constant. bool and float16 are held as the bytes and half-words that ONNX stores. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array | Uint16Array

/** A graph under construction (`createGraph`). Every node is checked against its operator's rule when it is added. */
export interface Graph {
  readonly inputs: readonly Value[]
  readonly constants: readonly Value[]
  readonly nodes: readonly Node[]
  readonly outputs: readonly { readonly name: string; readonly value: Value }[]
  /** A value fed at run time. */
  input(name: string, type: ElementType, shape: Shape): Value
  /** A value stored in the model. The data is kept by reference. */
  constant(data: TensorData, type: ElementType, shape: Shape, name?: string): Value
  /** A constant vector of int64, stored once per content: axes, shapes, starts. */
  integers(values: readonly number[]): Value
  /** A constant scalar, stored once per content. */
  scalar(value: number, type: ElementType): Value
  /** A constant vector of ones, stored once per length. */
  ones(length: number, type: 'float32' | 'float64'): Value
  /** Adds a node and gives its outputs; `declared` is the output's shape where the operator's rule asks for it. */
  add(operator: string, inputs: readonly (Value | undefined)[], attributes?: Attributes, declared?: Shape): readonly Value[]
  /** Names a value as a result of the graph. */
  output(name: string, value: Value): void
}

/** One tensor of a graph. `data` is there for constants only. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
  readonly data?: TensorData
}

/** An ONNX attribute; the key says its ONNX type, which JavaScript's numbers cannot. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly elementType: ElementType }
export type Attributes = Readonly<Record<string, Attribute>>

/** One application of an ONNX operator. An optional input that is left out is undefined. */
export interface Node {
  readonly operator: string
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

export interface TypeAndShape {
  readonly type: ElementType
  readonly shape: Shape
}

/**
 * What the engine knows about one ONNX operator. ONNX emission needs nothing more than the operator's name:
 * nodes carry ONNX's own inputs, attributes and outputs.
 */
export interface Operator {
  /** How many outputs always come (all, when absent): the others may be left out of the model where nothing reads them. */
  readonly requiredOutputs?: number
  /**
   * The outputs' types and shapes; throws on inputs that do not fit. `declared` is the shape that the author states
   * where the inputs alone cannot tell (Reshape, Slice from a computed start).
   */
  infer(inputs: readonly (Value | undefined)[], attributes: Attributes, declared?: Shape): readonly TypeAndShape[]
  /**
   * The gradients of the inputs, given those of the outputs (undefined where the loss does not depend on an output).
   * `needed[i]` says whether input i's gradient will be used. Absent for operators that have no gradient here.
   */
  gradient?(node: Node, outputGradients: readonly (Value | undefined)[], needed: readonly boolean[]): readonly (Value | undefined)[]
}

/** The input at an index, which the operator's rule needs. */
export function required(inputs: readonly (Value | undefined)[], index: number): Value {
  const value = inputs[index]
  if (value === undefined) throw new Error(`input ${index} is missing`)
  return value
}

export function intAttribute(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name]
  return attribute !== undefined && 'int' in attribute ? attribute.int : otherwise
}

export function intsAttribute(attributes: Attributes, name: string): readonly number[] | undefined {
  const attribute = attributes[name]
  return attribute !== undefined && 'ints' in attribute ? attribute.ints : undefined
}

export function elementTypeAttribute(attributes: Attributes, name: string): ElementType {
  const attribute = attributes[name]
  if (attribute === undefined || !('elementType' in attribute)) throw new Error(`attribute '${name}' is missing`)
  return attribute.elementType
}
