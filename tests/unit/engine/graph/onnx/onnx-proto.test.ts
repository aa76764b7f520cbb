import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { onnxDataTypes, type OnnxModel } from '#engine/graph/onnx/onnx-model.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'

const scale = Float32Array.of(0.5, -2)

const model: OnnxModel = {
  irVersion: 9,
  opsets: [{ domain: '', version: 18 }],
  producerName: 'test',
  metadata: { note: 'kept' },
  graph: {
    name: 'scaled',
    nodes: [
      { opType: 'Mul', domain: '', name: 'mul', inputs: ['x', 'scale'], outputs: ['product'], attributes: {} },
      {
        opType: 'Transpose',
        domain: '',
        name: 'transpose',
        inputs: ['product'],
        outputs: ['y'],
        attributes: { perm: { kind: 'ints', value: [1, 0] } },
      },
    ],
    inputs: [{ name: 'x', dataType: onnxDataTypes.float32, shape: ['n', 2] }],
    outputs: [{ name: 'y', dataType: onnxDataTypes.float32, shape: [2, 'n'] }],
    initializers: [{ name: 'scale', dataType: onnxDataTypes.float32, dims: [2], rawData: new Uint8Array(scale.buffer) }],
    sparseInitializers: [],
  },
  functions: [],
}

describe('ONNX protobuf', () => {
  test('a model survives encoding and decoding', () => {
    const decoded = decodeModel(encodeModel(model))
    const [tensor] = decoded.graph.initializers
    expect({ ...decoded, graph: { ...decoded.graph, initializers: [] } }).toEqual({ ...model, graph: { ...model.graph, initializers: [] } })
    expect(Array.from(tensor.rawData)).toEqual(Array.from(new Uint8Array(scale.buffer)))
  })

  test('every kind of attribute survives, zero, negative and large values included', () => {
    const attributes: OnnxModel['graph']['nodes'][0]['attributes'] = {
      alpha: { kind: 'float', value: 0 },
      axis: { kind: 'int', value: -1 },
      end: { kind: 'int', value: 2 ** 40 },
      mode: { kind: 'string', value: 'bicubic é' },
      scales: { kind: 'floats', value: [1, 0.5] },
      pads: { kind: 'ints', value: [0, -3] },
      names: { kind: 'strings', value: ['a', ''] },
      body: { kind: 'graph', value: { ...model.graph, initializers: [] } },
    }
    const node = { ...model.graph.nodes[0], attributes }
    const decoded = decodeModel(encodeModel({ ...model, graph: { ...model.graph, nodes: [node] } }))
    expect(decoded.graph.nodes[0].attributes).toEqual(attributes)
  })

  test('onnxruntime runs the encoded model', async () => {
    const session = await InferenceSession.create(encodeModel(model))
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]) })
    expect(y.dims).toEqual([2, 3])
    expect(Array.from(y.data as Float32Array)).toEqual([0.5, 1.5, 2.5, -4, -8, -12])
  })

  test('bytes that are no ONNX model are refused', () => {
    expect(() => decodeModel(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow('not a readable ONNX model')
    expect(() => decodeModel(new TextEncoder().encode('<html>not a model</html>'))).toThrow('not a readable ONNX model')
    expect(() => decodeModel(new Uint8Array(0))).toThrow('not a readable ONNX model')
  })
})
