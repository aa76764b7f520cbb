/** Turning constants of an ONNX model into inputs, so that their values may change from run to run. */
import { decodeModel, encodeModel, onnxDataTypes } from './onnx-proto.ts'

export interface FedModel {
  model: Uint8Array
  /** The constants that are inputs now, with their shapes. */
  inputs: { name: string; shape: number[] }[]
}

/** The model with every float32 constant that `names` holds as an input of the same name and shape; other names are passed by. */
export function constantsAsInputs(bytes: Uint8Array, names: ReadonlySet<string>): FedModel {
  const model = decodeModel(bytes)
  const { graph } = model
  const freed = graph.initializers.filter(({ name, dataType }) => dataType === onnxDataTypes.float32 && names.has(name))
  const kept = graph.initializers.filter((tensor) => !freed.includes(tensor))
  const inputs = freed.map(({ name, dims }) => ({ name, shape: dims }))
  const described = inputs.map(({ name, shape }) => ({ name, dataType: onnxDataTypes.float32, shape }))
  return { model: encodeModel({ ...model, graph: { ...graph, initializers: kept, inputs: [...graph.inputs, ...described] } }), inputs }
}
