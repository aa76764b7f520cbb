/**
 * A model as ONNX files that need nothing of ours: prepare.onnx (a decoded photo to pixels), vision.onnx (pixels to grid, and boxes where the
 * captioner sees regions), encoder.onnx (these to keys and values), decoder.onnx (one decoding step), settings.json, and an example that captions
 * a photo with onnxruntime alone.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { placeFolder, writeWhole } from '#engine/files/write-whole.ts'
import { findModelEncoder } from '#engine/captioning/model-encoder.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { AppError } from '#shared/errors.ts'
import { readModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import { exportedEncoder, type ExportedEncoder } from './onnx-encoder.ts'
import { exampleSource } from './onnx-example.ts'
import { preparationModel } from './onnx-preparation.ts'

export interface OnnxExport {
  /** Folder of the model package. */
  model: string
  /** Folders that hold encoder packages by id. */
  encoderRoots: readonly string[]
  /** Must not be there yet. */
  folder: string
}

/**
 * Writes the folder whole or not at all. Returns the names of its files.
 * @throws AppError `conflict` where there is something already, `unavailable` without the model's encoder, `bad-input` as `exportedEncoder`
 */
export async function exportOnnx({ model: modelFolder, encoderRoots, folder }: OnnxExport): Promise<string[]> {
  if (await exists(folder))
    throw new AppError('conflict', `There is already something at ${folder}.`, { kept: 'It was not changed.', todo: 'Choose another folder.' })
  const model = await readModelPackage(modelFolder)
  const { manifest, weights } = await findModelEncoder(model, encoderRoots)
  const encoder = exportedEncoder(model, manifest)
  const files: Record<string, string | Uint8Array> = {
    'prepare.onnx': preparationModel(manifest.input, manifest.batch ?? 1),
    'vision.onnx': encodeModel(keepOutputs(decodeModel(weights), Object.values(encoder.takes))),
    'encoder.onnx': encoder.model,
    'decoder.onnx': model.captioner.stepGraph(model.weights),
    'settings.json': `${JSON.stringify(settingsOf(model, manifest, encoder), null, 1)}\n`,
    'caption.mjs': exampleSource,
  }
  await placeFolder(
    folder,
    async (partial) => {
      for (const [name, content] of Object.entries(files)) await writeWhole(join(partial, name), content)
    },
    { replace: false },
  )
  return Object.keys(files)
}

/** What the example reads. */
function settingsOf({ captioner, vocabulary, manifest }: ModelPackage, encoder: EncoderManifest, { takes }: ExportedEncoder): object {
  const { config } = captioner
  return {
    model: manifest.name,
    input: encoder.input.name,
    ignoreColourProfiles: encoder.input.colour === 'as-stored',
    takes,
    caches: captioner.caches.map(({ feed, fetch, shape }) => ({ feed, fetch, shape: shape(1, 0) })),
    maximumWords: config.maximumWords,
    words: vocabulary.words,
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
