import { join } from 'node:path'
import type { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { readModelPackage, writeModelPackage } from '#engine/models/model-package.ts'
import { encodeCaption, vocabularyFromJson } from '#engine/text/vocabulary.ts'
import { growVocabulary } from '#engine/training/data/grow-vocabulary.ts'
import { batchFeeds, drawBatch, drawWeights, floats, openSession, randomFrom, smallConfig, smallShape } from '../../../../support/small-captioner.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const words = [...Array.from({ length: smallConfig.words - 1 }, (_, index) => `word${index}`), 'UNK']
const vocabulary = vocabularyFromJson({ formatVersion: 1, tokenizer: 'simple', words })

/** Probabilities of every word at every place of a batch of old words, [places][V + 1]. */
async function probabilities(model: Captioner, weights: Weights, tokens: Tensor, features: Tensor): Promise<number[][]> {
  const session = await openSession(model.teachingGraph(smallShape, weights))
  const said = floats((await session.run({ tokens, features }))['log_probabilities'])
  const outputs = model.config.words + 1
  return Array.from({ length: said.length / outputs }, (_, place) => Array.from(said.subarray(place * outputs, (place + 1) * outputs), Math.exp))
}

describe.each([false, true])('a grown vocabulary (shared embedding: %s)', (shareEmbedding) => {
  const model = createCaptioner({ ...smallConfig, shareEmbedding })
  const weights = drawWeights(model.parameters, randomFrom(1))
  const grown = growVocabulary({ captioner: model, weights, vocabulary }, ['snow', 'sled'])

  test('keeps the ids of old words, puts new ones behind them and UNK last', () => {
    expect(grown.vocabulary.words).toEqual([...words.slice(0, -1), 'snow', 'sled', 'UNK'])
    expect([...encodeCaption(grown.vocabulary, 'word3 snow ice')]).toEqual([4, vocabulary.unknownId, vocabulary.unknownId + 2])
    expect(grown.captioner.config.words).toBe(smallConfig.words + 2)
  })

  test('says of old words what it said before; the new ones share with UNK what UNK had, and the teacher never says them', async () => {
    const { features, tokens } = batchFeeds(
      model.config,
      smallShape,
      drawBatch({ ...model.config, words: model.config.words - 1 }, smallShape, randomFrom(2)),
      'scoring',
    )
    const before = await probabilities(model, weights, tokens, features)
    const after = await probabilities(grown.captioner, grown.weights, tokens, features)
    const taught = await probabilities(grown.captioner, grown.teacher, tokens, features)
    const { unknownId } = vocabulary
    before.forEach((old, place) => {
      for (let id = 0; id < unknownId; id++) expect(after[place][id]).toBeCloseTo(old[id], 5)
      for (let id = unknownId; id <= unknownId + 2; id++) expect(after[place][id]).toBeCloseTo(old[unknownId] / 3, 5)
      expect(taught[place].slice(unknownId, unknownId + 2)).toEqual([0, 0])
      expect(taught[place][unknownId + 2]).toBeCloseTo(old[unknownId], 5)
    })
  })

  test('is a package like any other, and grows again', async () => {
    const folder = join(temporaryFolder(), 'grown')
    await writeModelPackage(folder, {
      name: 'grown',
      config: grown.captioner.config,
      weights: grown.weights,
      encoder: { id: 'none', fingerprint: 'none', pooling: 1, visualTokens: 4 },
      vocabulary: grown.vocabulary,
      documentFrequency: buildDocumentFrequency([[['snow']]], 'simple'),
      provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: '2024-01-01T00:00:00Z', trainingSeconds: 0 },
      card: '',
    })
    const again = growVocabulary(await readModelPackage(folder), ['ice'])
    expect(again.vocabulary.words.slice(-4)).toEqual(['snow', 'sled', 'ice', 'UNK'])
    for (const { name, shape } of again.captioner.parameters) expect(again.weights.get(name)).toHaveLength(shape.reduce((a, b) => a * b, 1))
  })
})

test('without new words nothing changes', () => {
  const model = createCaptioner(smallConfig)
  const weights = drawWeights(model.parameters, randomFrom(1))
  expect(growVocabulary({ captioner: model, weights, vocabulary }, [])).toMatchObject({ captioner: model, weights, vocabulary, teacher: weights })
})
