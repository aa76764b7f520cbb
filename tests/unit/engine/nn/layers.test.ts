import { InferenceSession, Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { createGraph } from '#engine/graph/graph.ts'
import type { Graph } from '#engine/graph/types.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import type { Value } from '#engine/graph/types.ts'
import { attend, causalMask, joinHeads, masked, splitHeads } from '#engine/nn/attention.ts'
import { crossEntropy, divergenceFrom } from '#engine/nn/cross-entropy.ts'
import { dropoutInputs } from '#engine/nn/dropout.ts'
import { sinusoidPositions } from '#engine/nn/embedding.ts'
import { layerNorm } from '#engine/nn/layer-norm.ts'
import type { Scope } from '#engine/nn/scope.ts'
import { floats } from '../../../support/small-captioner.ts'

const noParameters: Scope = {
  parameter(name) {
    throw new Error(`no parameter '${name}' was expected`)
  },
  dropout: (x) => x,
}

/** Runs a graph over float32 constants given as nested arrays' flat values and shapes. */
async function compute(build: (graph: Graph) => Record<string, Value>, feeds: Record<string, Tensor> = {}): Promise<Record<string, Float32Array>> {
  const graph = createGraph()
  for (const [name, value] of Object.entries(build(graph))) graph.output(name, value)
  const session = await InferenceSession.create(writeOnnx(graph, 'layers'))
  const results = await session.run(feeds)
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, floats(tensor)]))
}

const constant = (graph: Graph, values: readonly number[], shape: readonly number[]) => graph.constant(Float32Array.from(values), 'float32', shape)
const wave = (length: number, phase: number) => Array.from({ length }, (_, index) => Math.sin(index * 1.7 + phase))

function expectClose(actual: Float32Array, expected: ArrayLike<number>, digits = 5): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index], digits))
}

describe('the layer norms', () => {
  const normOf = (kind: 'standard' | 'published') =>
    compute((graph) => {
      const parameter = (name: string) => constant(graph, Array<number>(4).fill(name === 'norm.a_2' ? 1 : 0), [4])
      return { y: layerNorm({ ...noParameters, parameter }, 'norm', constant(graph, [1, 2, 3, 4, 5, 5, 5, 5], [2, 4]), kind) }
    })

  test('as published divides by the unbiased standard deviation', async () => {
    expectClose((await normOf('published'))['y'], [-1.161894, -0.387298, 0.387298, 1.161894, 0, 0, 0, 0])
  })

  test('as standard divides by the biased one', async () => {
    expectClose((await normOf('standard'))['y'], [-1.341635, -0.447212, 0.447212, 1.341635, 0, 0, 0, 0])
  })
})

describe('attention', () => {
  test('of captions folded into one query equals attention of each to its own copy of the memory', async () => {
    const [images, captions, steps, tokens, heads, width] = [2, 3, 2, 4, 2, 6]
    const rows = wave(images * captions * steps * width, 0)
    const keys = wave(images * tokens * width, 1)
    const values = wave(images * tokens * width, 2)
    const repeated = (memory: readonly number[]) =>
      Array.from({ length: images * captions }, (_, caption) => {
        const size = tokens * width
        const image = Math.floor(caption / captions)
        return memory.slice(image * size, (image + 1) * size)
      }).flat()
    const { folded, copied } = await compute((graph) => {
      const heady = (data: readonly number[], groups: number, length: number) =>
        splitHeads(constant(graph, data, [groups * length, width]), groups, length, heads)
      const once = attend(noParameters, heady(rows, images, captions * steps), heady(keys, images, tokens), heady(values, images, tokens), 0)
      const copies = images * captions
      const each = attend(noParameters, heady(rows, copies, steps), heady(repeated(keys), copies, tokens), heady(repeated(values), copies, tokens), 0)
      return {
        folded: joinHeads(once.context, images * captions * steps),
        copied: joinHeads(each.context, images * captions * steps),
      }
    })
    expectClose(folded, copied)
  })

  test('with a causal mask never looks ahead', async () => {
    expect([...causalMask(3)]).toEqual([0, masked, masked, 0, 0, masked, 0, 0, 0])
    const { probabilities } = await compute((graph) => {
      const x = constant(graph, wave(6, 0), [1, 1, 3, 2])
      const mask = graph.constant(causalMask(3), 'float32', [3, 3])
      return { probabilities: attend(noParameters, x, x, x, 0, mask).probabilities }
    })
    expect([probabilities[0], probabilities[1], probabilities[2], probabilities[5]]).toEqual([1, 0, 0, 0])
  })
})

describe('the sinusoid positions', () => {
  test('alternate sine and cosine with falling frequency', () => {
    const table = sinusoidPositions(3, 4)
    expectClose(table.subarray(0, 4), [0, 1, 0, 1])
    expectClose(table.subarray(8), [Math.sin(2), Math.cos(2), Math.sin(0.02), Math.cos(0.02)])
  })
})

describe('cross-entropy', () => {
  test('stays finite and exact for targets that are almost impossible', async () => {
    const { loss, logProbability, gradient } = await compute((graph) => {
      const logits = constant(graph, [200, 0, -150], [1, 3])
      const targets = graph.integers([2])
      const result = crossEntropy(logits, targets, constant(graph, [2], [1]), 0)
      return { loss: result.loss, logProbability: result.logProbability, gradient: result.logitsGradient }
    })
    expect(loss[0]).toBe(700)
    expect(logProbability[0]).toBe(-350)
    expectClose(gradient, [2, 0, -2])
  })

  test('shares the smoothing between the other classes', async () => {
    const logits = wave(4, 3)
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    const logProbabilities = logits.map((logit) => logit - Math.log(total))
    const smoothed = [0.1, 0.7, 0.1, 0.1]
    const { loss, gradient } = await compute((graph) => {
      const result = crossEntropy(constant(graph, logits, [1, 4]), graph.integers([1]), constant(graph, [0.5], [1]), 0.3)
      return { loss: result.loss, gradient: result.logitsGradient }
    })
    expect(loss[0]).toBeCloseTo(-0.5 * smoothed.reduce((sum, share, index) => sum + share * logProbabilities[index], 0), 5)
    expectClose(
      gradient,
      smoothed.map((share, index) => 0.5 * (Math.exp(logProbabilities[index]) - share)),
    )
  })
})

describe('the divergence from a teacher', () => {
  const divergence = (logits: readonly number[], taught: readonly number[]) =>
    compute((graph) => {
      const logProbabilities = constant(graph, taught, [1, taught.length])
      const result = divergenceFrom({ logProbabilities, weights: constant(graph, [0.5], [1]) }, constant(graph, logits, [1, logits.length]))
      return { loss: result.loss, gradient: result.logitsGradient }
    })

  test('is the weighted sum of p · log(p / q), and its gradient what central differences give', async () => {
    const taught = [0.5, 0.25, 0.125, 0.125].map(Math.log)
    const logits = wave(4, 3)
    const { loss, gradient } = await divergence(logits, taught)
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    const expected = (at: readonly number[], sum: number) => 0.5 * taught.reduce((all, log, word) => all + Math.exp(log) * (log - at[word] + Math.log(sum)), 0)
    expect(loss[0]).toBeCloseTo(expected(logits, total), 5)
    const step = 1e-5
    const moved = (word: number, by: number) => {
      const at = logits.map((logit, index) => (index === word ? logit + by : logit))
      return expected(
        at,
        at.reduce((sum, logit) => sum + Math.exp(logit), 0),
      )
    }
    expectClose(
      gradient,
      logits.map((_, word) => (moved(word, step) - moved(word, -step)) / (2 * step)),
    )
  })

  test('is nothing where both agree, and finite where the teacher rules a word out', async () => {
    const agreed = await divergence([0, Math.log(3)], [Math.log(0.25), Math.log(0.75)])
    expect(agreed.loss[0]).toBeCloseTo(0, 6)
    expectClose(agreed.gradient, [0, 0])
    const ruledOut = await divergence([0, 0], [0, -1e4])
    expect(ruledOut.loss[0]).toBeCloseTo(0.5 * Math.log(2), 5)
    expectClose(ruledOut.gradient, [-0.25, 0.25])
  })
})

describe('dropout', () => {
  test('multiplies each site by its slice of the pool of its rate', async () => {
    const graph = createGraph()
    const sites = [
      { rate: 0.5, size: 2 },
      { rate: 0.25, size: 4 },
      { rate: 0.5, size: 3 },
    ]
    const dropout = dropoutInputs(graph, sites, 'float32', 'sliced')
    const ones = (shape: readonly number[]) => constant(graph, Array<number>(shape.reduce((a, b) => a * b)).fill(1), shape)
    graph.output('first', dropout.apply(ones([2]), 0.5))
    graph.output('second', dropout.apply(ones([2, 2]), 0.25))
    graph.output('third', dropout.apply(ones([3]), 0.5))
    const session = await InferenceSession.create(writeOnnx(graph, 'dropout'))
    const feeds: Record<string, Tensor> = { dropout_offsets: new Tensor('int64', BigInt64Array.of(5n, 0n, 100n), [3]) }
    for (const { input, rate, size } of dropout.pools)
      feeds[input] = new Tensor(
        'float32',
        Float32Array.from({ length: size }, (_, index) => index + rate),
        [size],
      )
    const results = await session.run(feeds)
    expect([...floats(results['first'])]).toEqual([5.5, 6.5])
    expect([...floats(results['second'])]).toEqual([0.25, 1.25, 2.25, 3.25])
    expect([...floats(results['third'])]).toEqual([100.5, 101.5, 102.5])
    expect(dropout.pools.every((pool) => sites.every((site) => site.rate !== pool.rate || site.size < pool.size))).toBe(true)
  })

  test('refuses a site that was not announced so', () => {
    const graph = createGraph()
    const dropout = dropoutInputs(graph, [{ rate: 0.5, size: 2 }], 'float32', 'fed')
    expect(() => dropout.apply(constant(graph, [1, 2, 3], [3]), 0.5)).toThrow('not as 0.5 of 3')
  })
})
