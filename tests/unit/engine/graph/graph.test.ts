import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { matrixOperations } from '#engine/graph/cost.ts'
import { gradients } from '#engine/graph/differentiate.ts'
import { createGraph } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import * as o from '#engine/graph/operations.ts'

describe('a graph under construction', () => {
  test('names the operator, the shapes and the reason when operands do not fit', () => {
    const graph = createGraph()
    const a = graph.input('a', 'float32', [2, 3])
    const b = graph.input('b', 'float32', [4, 2])
    expect(() => o.matMul(a, b)).toThrow('MatMul(float32[2, 3], float32[4, 2]): inner sizes 3 and 4 differ')
    expect(() => o.add(a, b)).toThrow('shapes [2, 3] and [4, 2] do not broadcast')
    expect(() => o.add(a, graph.input('c', 'int64', [2, 3]))).toThrow('element types float32 and int64 differ')
    expect(() => o.reshape(a, [5])).toThrow('[2, 3] does not fill [5]')
    expect(() => o.slice(a, 1, 2, 4)).toThrow('[2, 4) is outside an axis of 3')
    expect(() => o.concat([a, b], 0)).toThrow('differ on another axis')
    expect(() => o.transpose(a, [0, 0])).toThrow('does not order the axes')
    expect(() => o.reduceSum(a, [2])).toThrow('axis 2 is outside rank 2')
  })

  test('refuses operators without a rule, values of other graphs and names used twice', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', [2])
    expect(() => graph.add('Einsum', [x])).toThrow('no rule for operator Einsum')
    expect(() => o.add(x, createGraph().input('y', 'float32', [2]))).toThrow("'y' belongs to another graph")
    expect(() => graph.input('x', 'float32', [2])).toThrow("two values 'x'")
    graph.output('y', x)
    expect(() => graph.output('y', x)).toThrow("two outputs 'y'")
    expect(() => graph.constant(Float32Array.of(1, 2), 'float32', [3])).toThrow('2 values do not fill shape [3]')
  })

  test('stores equal constants once', () => {
    const graph = createGraph()
    expect(graph.integers([1, 2])).toBe(graph.integers([1, 2]))
    expect(graph.scalar(0.5, 'float32')).toBe(graph.scalar(0.5, 'float32'))
    expect(graph.scalar(0.5, 'float32')).not.toBe(graph.scalar(0.5, 'float64'))
    // A number and a vector of one are two things.
    expect(graph.scalar(1, 'int64')).not.toBe(graph.integers([1]))
    expect(graph.ones(3, 'float32')).not.toBe(graph.ones(4, 'float32'))
  })

  test('carries symbolic dimensions and resolves them when it runs', async () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', ['images', 'tokens', 6])
    const like = graph.input('like', 'float32', ['groups', 2])
    const heads = o.transpose(o.reshape(x, ['images', 'tokens', 2, 3]), [0, 2, 1, 3])
    expect(heads.shape).toEqual(['images', 2, 'tokens', 3])
    graph.output('heads', heads)
    graph.output('grouped', o.reshape(x, ['groups', 'rest', 3], [like]))
    expect(() => o.reshape(x, ['one', 'other', 3])).toThrow("source for dimension 'other'")
    const session = await InferenceSession.create(writeOnnx(graph, 'symbolic'))
    const feeds = { x: new Tensor('float32', new Float32Array(36), [2, 3, 6]), like: new Tensor('float32', new Float32Array(8), [4, 2]) }
    const results = await session.run(feeds)
    expect(results['heads'].dims).toEqual([2, 2, 3, 3])
    expect(results['grouped'].dims).toEqual([4, 3, 3])
  })

  test('counts the operations of its matrix products', () => {
    const graph = createGraph()
    const a = graph.input('a', 'float32', [5, 3])
    const b = graph.input('b', 'float32', [5, 4])
    const product = o.gemm(a, b, undefined, { a: true })
    graph.output('y', o.matMul(o.relu(product), o.transposeLast(b)))
    o.matMul(a, o.transposeLast(a)) // no output needs it
    expect(matrixOperations(graph)).toBe(2 * 3 * 4 * 5 + 2 * 3 * 5 * 4)
  })
})

describe('differentiation', () => {
  test('says what it cannot do', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', [1, 2, 4, 4])
    const unused = graph.input('unused', 'float32', [2])
    const pooled = o.reduceSum(graph.add('GlobalAveragePool', [x])[0], [0, 1, 2, 3])
    expect(() => gradients(pooled, [x])).toThrow('GlobalAveragePool has no gradient rule')
    expect(() => gradients(o.relu(x), [x])).toThrow('the loss must be a scalar, not of shape [1, 2, 4, 4]')
    expect(() => gradients(o.reduceSum(x, [0, 1, 2, 3]), [unused])).toThrow("does not depend on 'unused'")
  })

  test('leaves out what the loss does not need', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', [2, 2])
    const fixed = graph.input('fixed', 'float32', [2, 2])
    const loss = o.reduceSum(o.matMul(x, o.exponential(fixed)), [0, 1])
    graph.output('gradient', gradients(loss, [x])[0])
    const { nodes } = decodeModel(writeOnnx(graph, 'pruned')).graph
    // No exponential's gradient, no forward product, no loss.
    expect(nodes.map((node) => node.opType).sort()).toEqual(['Exp', 'Expand', 'MatMul', 'Reshape', 'Transpose'])
  })
})

describe('the model written from a graph', () => {
  test('holds only what its outputs need, under their names', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', ['rows', 3])
    graph.input('unused', 'float32', [1])
    const scale = graph.constant(Float32Array.of(1, 1, 1), 'float32', [3], 'scale')
    const normed = o.layerNormalization(x, scale, scale, 1e-5)
    o.exponential(normed)
    graph.output('normed', normed)
    graph.output('again', normed)
    graph.output('copy', x)
    const model = decodeModel(writeOnnx(graph, 'small'))
    expect(model.graph.inputs).toEqual([{ name: 'x', dataType: 1, shape: ['rows', 3] }])
    expect(model.graph.outputs.map((output) => output.name)).toEqual(['normed', 'again', 'copy'])
    expect(model.graph.initializers.map((tensor) => tensor.name)).toEqual(['scale'])
    expect(model.graph.nodes.map((node) => [node.opType, node.inputs, node.outputs])).toEqual([
      ['LayerNormalization', ['x', 'scale', 'scale'], ['normed']],
      ['Identity', ['normed'], ['again']],
      ['Identity', ['x'], ['copy']],
    ])
  })
})
