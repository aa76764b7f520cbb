/** The image input of somebody's ONNX model, brought to the form that encoders have: float32 [n, 3, height, width]. */
import { AppError } from '#shared/errors.ts'
import { onnxDataTypes, type OnnxModel, type OnnxNode, type OnnxValue } from '#engine/graph/onnx/onnx-model.ts'

export interface ImageInput {
  name: string
  layout: 'channels-first' | 'channels-last'
  type: 'float32' | 'float16'
  /** undefined: the graph takes any */
  batch: number | undefined
  height: number | undefined
  width: number | undefined
}

/** Throws AppError `bad-input` naming the inputs that were found when none can take an RGB image, or two can. */
export function findImageInput({ graph }: OnnxModel): ImageInput {
  const constants = new Set(graph.initializers.map(({ name }) => name))
  const inputs = graph.inputs.filter(({ name }) => !constants.has(name))
  const images = inputs.flatMap((input) => asImage(input) ?? [])
  if (images.length === 1) return images[0]
  const found = inputs.map(described).join('; ') || 'none'
  const what = images.length === 0 ? 'has no input for RGB images' : 'has several inputs for images'
  throw new AppError('bad-input', `The model ${what}; its inputs are: ${found}.`, {
    kept: 'Nothing was changed.',
    todo: 'Export the image encoder alone, with an input of shape [n, 3, height, width] in float32.',
  })
}

function asImage({ name, dataType, shape }: OnnxValue): ImageInput | undefined {
  if (shape?.length !== 4) return undefined
  const type = dataType === onnxDataTypes.float32 ? 'float32' : dataType === onnxDataTypes.float16 ? 'float16' : undefined
  if (type === undefined) return undefined
  const fixed = (axis: number): number | undefined => {
    const size = shape[axis]
    return typeof size === 'number' && size > 0 ? size : undefined
  }
  if (shape[3] === 3 && shape[1] !== 3) return { name, layout: 'channels-last', type, batch: fixed(0), height: fixed(1), width: fixed(2) }
  if (shape[1] === 3 || typeof shape[1] === 'string') return { name, layout: 'channels-first', type, batch: fixed(0), height: fixed(2), width: fixed(3) }
  return undefined
}

function described({ name, dataType, shape }: OnnxValue): string {
  const type = Object.entries(onnxDataTypes).find(([, number]) => number === dataType)?.[0] ?? `type ${dataType}`
  return `${name} ${type} [${(shape ?? ['?']).join(', ')}]`
}

/** The model with float32 [batch, 3, height, width] as its image input: transposed and cast inside where it wants something else. */
export function withImageInput(
  model: OnnxModel,
  image: ImageInput,
  size: { height: number; width: number },
  batch: number | string,
): { model: OnnxModel; input: string } {
  const nodes: OnnxNode[] = []
  const steps: Pick<OnnxNode, 'opType' | 'attributes'>[] = [
    ...(image.layout === 'channels-last' ? [{ opType: 'Transpose', attributes: { perm: { kind: 'ints' as const, value: [0, 2, 3, 1] } } }] : []),
    ...(image.type === 'float16' ? [{ opType: 'Cast', attributes: { to: { kind: 'int' as const, value: onnxDataTypes.float16 } } }] : []),
  ]
  const input = steps.length === 0 ? image.name : 'capstan_image'
  let from = input
  steps.forEach((step, index) => {
    const to = index === steps.length - 1 ? image.name : `${input}_${index}`
    nodes.push({ ...step, name: `capstan_${step.opType}`, inputs: [from], outputs: [to] })
    from = to
  })
  const { graph } = model
  const inputs = graph.inputs.map((value) =>
    value.name === image.name ? { name: input, dataType: onnxDataTypes.float32, shape: [batch, 3, size.height, size.width] } : value,
  )
  // Declared sizes may name the old batch: onnxruntime infers them anew.
  const outputs = graph.outputs.map(({ name }) => ({ name, dataType: 0, shape: undefined }))
  return { input, model: { ...model, graph: { ...graph, inputs, outputs, nodes: [...nodes, ...graph.nodes] } } }
}
