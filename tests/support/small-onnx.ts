/** Small image models as ONNX files, of the shapes that exports have. */
import { onnxDataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'

const side = 32
const cell = 8
const channels = 24

/** Values that differ from place to place. */
export function wave(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * 1.7 + 0.3))
}

function floats(name: string, dims: number[]): OnnxTensor {
  const values = wave(dims.reduce((product, size) => product * size, 1))
  return { name, dataType: onnxDataTypes.float32, dims, rawData: new Uint8Array(values.buffer) }
}

function integers(name: string, values: number[]): OnnxTensor {
  return { name, dataType: onnxDataTypes.int64, dims: [values.length], rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }
}

const patches: OnnxNode = {
  opType: 'Conv',
  name: 'patches',
  inputs: ['pixels', 'filters'],
  outputs: ['map'],
  attributes: { kernel_shape: { kind: 'ints', value: [cell, cell] }, strides: { kind: 'ints', value: [cell, cell] } },
}

function node(opType: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { opType, name: output, inputs, outputs: [output], attributes }
}

function model(nodes: OnnxNode[], initializers: OnnxTensor[], output: string, inputShape: (number | string)[]): OnnxModel {
  return {
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    graph: {
      name: 'small',
      nodes,
      initializers,
      inputs: [{ name: 'pixels', dataType: onnxDataTypes.float32, shape: inputShape }],
      outputs: [{ name: output, dataType: onnxDataTypes.float32, shape: undefined }],
    },
  }
}

/** A convolution, its mean and a head: returns one vector an image, the map [n, 24, 4, 4] stays inside. */
export function pooledOnlyModel(batch: number | string = 'n'): OnnxModel {
  return model(
    [patches, node('Relu', ['map'], 'features'), node('GlobalAveragePool', ['features'], 'mean'), node('Flatten', ['mean'], 'vector')],
    [floats('filters', [channels, 3, cell, cell])],
    'vector',
    [batch, 3, side, side],
  )
}

/** Tokens [n, 17, 24], a class token first; `batch` 1 is also written into a shape inside. */
export function tokenModel(batch: number | string = 'n'): OnnxModel {
  const shape = typeof batch === 'number' ? [batch, channels, 16] : [0, channels, 16]
  return model(
    [
      patches,
      node('Reshape', ['map', 'shape'], 'columns'),
      node('Transpose', ['columns'], 'cells', { perm: { kind: 'ints', value: [0, 2, 1] } }),
      node('Pad', ['cells', 'pads'], 'padded'),
      node('Add', ['padded', 'positions'], 'last_hidden_state'),
    ],
    [floats('filters', [channels, 3, cell, cell]), integers('shape', shape), integers('pads', [0, 1, 0, 0, 0, 0]), floats('positions', [1, 17, channels])],
    'last_hidden_state',
    [batch, 3, 'height', 'width'],
  )
}

/**
 * Tokens [n, 196, 64] of 224×224 images, or [n, 64, 196] where `turned`: both numbers are squares. Patches of 16 pixels are cut by a convolution, or,
 * `cut` 'by reshaping', in a way that leaves no map.
 */
export function squareTokensModel(cut: 'by convolution' | 'by reshaping', turned = false): OnnxModel {
  const last = node('Transpose', ['columns'], 'tokens', { perm: { kind: 'ints', value: turned ? [0, 1, 2] : [0, 2, 1] } })
  const conv: OnnxNode = {
    ...patches,
    attributes: { kernel_shape: { kind: 'ints', value: [16, 16] }, strides: { kind: 'ints', value: [16, 16] } },
  }
  if (cut === 'by convolution')
    return model([conv, node('Reshape', ['map', 'shape'], 'columns'), last], [floats('filters', [64, 3, 16, 16]), integers('shape', [0, 64, 196])], 'tokens', [
      'n',
      3,
      224,
      224,
    ])
  return model(
    [
      node('Reshape', ['pixels', 'cut'], 'pieces'),
      node('Transpose', ['pieces'], 'ordered', { perm: { kind: 'ints', value: [0, 1, 3, 5, 2, 4] } }),
      node('Reshape', ['ordered', 'flat'], 'patch rows'),
      node('MatMul', ['weights', 'patch rows'], 'columns'),
      last,
    ],
    [integers('cut', [0, 3, 14, 16, 14, 16]), integers('flat', [0, 768, 196]), floats('weights', [64, 768])],
    'tokens',
    ['n', 3, 224, 224],
  )
}

/** Tokens [n, 49, 196] of 224×224 images whose patches leave no map: 7×7 cells of 32 pixels, or 14×14 cells of 16. */
export function undecidedModel(): OnnxModel {
  return model(
    [
      node('Reshape', ['pixels', 'cut'], 'pieces'),
      node('Transpose', ['pieces'], 'ordered', { perm: { kind: 'ints', value: [0, 2, 4, 1, 3, 5] } }),
      node('Reshape', ['ordered', 'flat'], 'patch rows'),
      node('MatMul', ['patch rows', 'weights'], 'tokens'),
    ],
    [integers('cut', [0, 3, 7, 32, 7, 32]), integers('flat', [0, 49, 3072]), floats('weights', [3072, 196])],
    'tokens',
    ['n', 3, 224, 224],
  )
}

/** The same as `pooledOnlyModel` for images with their channels last. */
export function channelsLastModel(): OnnxModel {
  const { graph, ...rest } = pooledOnlyModel()
  const inputs = [{ name: 'photo', dataType: onnxDataTypes.float32, shape: ['n', side, side, 3] }]
  const nodes = [node('Transpose', ['photo'], 'pixels', { perm: { kind: 'ints', value: [0, 3, 1, 2] } }), ...graph.nodes]
  return { ...rest, graph: { ...graph, inputs, nodes } }
}

/** A classifier of rows of numbers. */
export function numbersModel(): OnnxModel {
  return model([node('MatMul', ['pixels', 'weights'], 'scores')], [floats('weights', [4, 2])], 'scores', ['n', 4])
}

export const bytesOf = (small: OnnxModel): Uint8Array => encodeModel(small)

/** The pooled model behind a loop that goes round 2⁶² times. */
export function endlessModel(): OnnxModel {
  const { graph, ...rest } = pooledOnlyModel()
  const one = (name: string, dataType: number): OnnxTensor => ({
    name,
    dataType,
    dims: [],
    rawData: dataType === onnxDataTypes.bool ? Uint8Array.of(1) : new Uint8Array(BigInt64Array.of(2n ** 62n).buffer),
  })
  const value = (name: string, dataType: number, shape: (number | string)[] | undefined = []): OnnxModel['graph']['inputs'][number] => ({
    name,
    dataType,
    shape,
  })
  const body = {
    name: 'round',
    nodes: [node('Identity', ['again'], 'on'), node('Sin', ['so far'], 'next')],
    initializers: [],
    inputs: [value('turn', onnxDataTypes.int64), value('again', onnxDataTypes.bool), value('so far', onnxDataTypes.float32, undefined)],
    outputs: [value('on', onnxDataTypes.bool), value('next', onnxDataTypes.float32, undefined)],
  }
  const loop = node('Loop', ['turns', 'go', 'pixels'], 'turned', { body: { kind: 'graph', value: body } })
  const nodes = graph.nodes.map((each) => ({ ...each, inputs: each.inputs.map((input) => (input === 'pixels' ? 'turned' : input)) }))
  const initializers = [...graph.initializers, one('turns', onnxDataTypes.int64), one('go', onnxDataTypes.bool)]
  return { ...rest, graph: { ...graph, nodes: [loop, ...nodes], initializers } }
}
