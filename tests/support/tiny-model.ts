/** A model package of a tiny captioner with random weights that sees through the embedded encoder and knows the words of some captions. */
import { join } from 'node:path'
import { captionerConfigSchema } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { writeModelPackage } from '#engine/models/model-package.ts'
import { buildVocabulary, tokenizeFor } from '#engine/text/vocabulary.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { readEncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { featureKey, storedGrid } from '#engine/vision/features/feature-key.ts'

/** Writes the package `<root>/tiny` and returns its id. */
export async function writeTinyModel(root: string, encoderFolder: string, captions: readonly string[]): Promise<string> {
  const { manifest } = await readEncoderPackage(encoderFolder)
  const key = featureKey(manifest, { pooling: 2 })
  const { tokens } = storedGrid(key)
  const vocabulary = buildVocabulary(captions, 1)
  const config = captionerConfigSchema.parse({
    architecture: 'transformer',
    encoderLayers: 1,
    decoderLayers: 1,
    width: 32,
    feedForward: 64,
    heads: 4,
    featureWidth: key.width,
    words: vocabulary.words.length,
    maximumWords: 12,
    dropout: 0.1,
    visualDropout: 0.1,
    layerNorm: 'standard',
    shareEmbedding: true,
    visualNorm: true,
    visualPositions: 0,
  })
  const written = await writeModelPackage(join(root, 'tiny'), {
    name: 'Tiny',
    config,
    weights: initialWeights(createCaptioner(config), 1),
    encoder: { id: key.encoder, fingerprint: key.fingerprint, pooling: 2, visualTokens: tokens },
    vocabulary,
    documentFrequency: buildDocumentFrequency(
      captions.map((caption) => [tokenizeFor(vocabulary, caption)]),
      vocabulary.tokenizer,
    ),
    provenance: { parent: null, snapshot: null, recipe: {}, seed: 1, metrics: [], created: '2024-01-01T00:00:00Z', trainingSeconds: 0 },
    card: '# Tiny\n',
  })
  return written.id
}
