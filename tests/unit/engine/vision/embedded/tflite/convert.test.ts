import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { OnnxNode } from '#engine/graph/onnx/onnx-model.ts'
import { decodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { buildOpenImagesSsd } from '#engine/vision/embedded/openimages-ssd.ts'
import { readTflite } from '#engine/vision/embedded/tflite/tflite-model.ts'

const assets = readFileSync(createRequire(import.meta.url).resolve('@mediapipe/objectron/objectron_solution_packed_assets.data'))

function ints(node: OnnxNode, name: string): number[] {
  const attribute = node.attributes[name]
  if (attribute?.kind !== 'ints') throw new Error(`${node.name} has no integers ${name}`)
  return attribute.value
}

describe('the TFLite detector', () => {
  const { onnx, manifest } = buildOpenImagesSsd(assets)
  const { graph } = decodeModel(onnx)

  test('has the 24 labels of the packed assets', () => {
    expect(manifest.detection?.labels).toHaveLength(24)
    expect(manifest.detection?.labels.slice(0, 2)).toEqual(['???', 'Bicycle'])
  })

  test('gives the four outputs with a free batch size', () => {
    expect(graph.inputs).toMatchObject([{ name: 'image', shape: ['n', 3, 300, 300] }])
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['grid', ['n', 100, 960]],
      ['pooled', ['n', 960]],
      ['boxes_raw', ['n', 1917, 4]],
      ['classes_raw', ['n', 1917, 24]],
    ])
  })

  test('keeps one convolution per convolution of the file, weights in ONNX order', () => {
    const operators = readTflite(assets.subarray(184)).operators.map(({ code }) => code)
    const convolutions = graph.nodes.filter(({ opType }) => opType === 'Conv')
    expect(convolutions).toHaveLength(operators.filter((code) => code.endsWith('CONV_2D')).length)
    const weight = new Map(graph.initializers.map(({ name, dims }) => [name, dims]))
    const [first, depthwise] = convolutions
    expect(weight.get(first.inputs[1])).toEqual([32, 3, 3, 3])
    expect(ints(first, 'strides')).toEqual([2, 2])
    expect(ints(first, 'pads')).toEqual([0, 0, 1, 1])
    expect(weight.get(depthwise.inputs[1])).toEqual([32, 1, 3, 3])
    expect(depthwise.attributes['group']).toEqual({ kind: 'int', value: 32 })
  })

  test('has finite weights only', () => {
    for (const { dataType, rawData } of graph.initializers) {
      if (dataType !== 1) continue
      expect(new Float32Array(new Uint8Array(rawData).buffer).every(Number.isFinite)).toBe(true)
    }
  })

  test('bytes that are no TFLite model are refused', () => {
    expect(() => readTflite(new Uint8Array(64))).toThrow('not a TFLite model')
  })
})
