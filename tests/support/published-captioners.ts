/** The published captioners at toy size: their configurations and what their own code gave. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { floatValues, integerValues, readSafetensors } from '#engine/files/safetensors.ts'
import { sharedData } from './shared-data.ts'

const sizes = {
  encoderLayers: 2,
  decoderLayers: 2,
  width: 64,
  feedForward: 128,
  heads: 8,
  featureWidth: 24,
  words: 40,
  maximumWords: 10,
  dropout: 0.1,
  visualDropout: 0.5,
  layerNorm: 'published',
  shareEmbedding: false,
  visualNorm: false,
  visualPositions: 0,
} as const

/** Name, folder of the fixture, configuration. */
export const publishedCaptioners: [string, string, CaptionerConfig][] = [
  ['Transformer', 'transformer', { architecture: 'transformer', ...sizes, regions: 'masked' }],
  [
    'Object Relation Transformer',
    'object-relation',
    { architecture: 'object-relation', ...sizes, boxes: { kind: 'regions' }, boxEmbedding: 'trigonometric', attentionSkip: 'none' },
  ],
]

function readTensors(folder: string, name: string) {
  const path = join(sharedData ?? '', 'captioners', folder, name)
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)), path)
  const tensor = (key: string) => {
    const found = tensors.get(key)
    if (found === undefined) throw new Error(`${path} lacks ${key}`)
    return found
  }
  return { floats: (key: string) => floatValues(tensor(key), key), integers: (key: string) => integerValues(tensor(key), key) }
}

/** Four images of nine regions, one of which has three padded ones. */
export function publishedFixture(folder: string, config: CaptionerConfig) {
  const stored = readTensors(folder, 'weights.safetensors')
  const expected = readTensors(folder, 'expected.safetensors')
  return {
    images: 4,
    regions: 9,
    weights: new Map(createCaptioner(config).parameters.map(({ name }) => [name, stored.floats(name)])),
    features: expected.floats('att_feats'),
    mask: expected.floats('att_masks'),
    boxes: expected.floats('boxes'),
    expected,
  }
}
