import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { smallCaptioners } from '../../../support/small-captioner.ts'

/** Of the parameters' names, shapes and fresh weights in their order. */
function digestOf(config: CaptionerConfig): string {
  const hash = createHash('sha256')
  const captioner = createCaptioner(config)
  for (const { name, shape, decay, part } of captioner.parameters) hash.update(JSON.stringify({ name, shape, decay, part }))
  for (const [name, values] of initialWeights(captioner, 7)) hash.update(name).update(values)
  return hash.digest('hex').slice(0, 16)
}

/** Written down when the list was still kept by hand. */
const digests: Record<string, string> = {
  'Transformer as published': 'a6014526971211cf',
  'Transformer with the standard norm': 'a6014526971211cf',
  'Transformer with a shared embedding, visual norm and visual positions': '3c14f983ab967a1e',
  'Transformer over regions': 'a6014526971211cf',
  'Object Relation Transformer over a grid': 'aef23122fbf711c1',
  'Object Relation Transformer over regions': '6e0af39b840bff01',
  'Object Relation Transformer with plain relations and the skip of one checkpoint': '1b5c3baaf7c6b27d',
  'geometry-aware captioner over a grid': '36263782d37db80e',
  'geometry-aware captioner over a grid, every term': 'e05c271d63b10b46',
  'geometry-aware captioner over a grid, geometry for each head': '97d50b6331450e7a',
  'geometry-aware captioner over regions, every term': 'ebc7e120077cd8a7',
  'geometry-aware captioner over regions, geometry for each head, post-norm': 'a9b0ee45d7fa1e43',
  'geometry-aware captioner with absolute positions of cells': '643efa5a5743744b',
  'geometry-aware captioner with absolute positions of regions': '643efa5a5743744b',
}

describe.each(smallCaptioners)('the parameters that %s declares in its layers', (name, config) => {
  test('are in the order, and start from a seed with the weights, that recipes and checkpoints rely on', () => {
    expect(digestOf(config)).toBe(digests[name])
  })

  test('are each read by the training graph, and their word tables are among them', () => {
    const captioner = createCaptioner(config)
    const names = captioner.parameters.map((spec) => spec.name)
    expect(new Set(names).size).toBe(names.length)
    const shape = { images: 1, captionsPerImage: 1, steps: 2, visualTokens: 4 }
    const graph = captioner.trainingGraph(shape, { labelSmoothing: 0, dropout: 'none', trainable: () => true })
    expect(graph.trainable).toEqual(names)
    const rows = new Map(captioner.parameters.map((spec) => [spec.name, spec.shape[0]]))
    for (const table of captioner.wordTables.all) expect(rows.get(table)).toBe(config.words + 1)
    expect(captioner.wordTables.all).toContain(captioner.wordTables.bias)
  })
})
