/** A CLIP checkpoint as an encoder: image tower, and text tower with its tokenizer where both are there. */
import { join } from 'node:path'
import { findClipTokenizer, readClipTokenizer } from '#engine/text/clip-tokenizer-files.ts'
import { tokenizerToJson, type ClipTokenizer } from '#engine/text/clip-tokenizer.ts'
import { AppError } from '#shared/errors.ts'
import { buildImageTower, buildTextTowerModel } from '../clip/build-clip.ts'
import { cellSide, type ClipCheckpoint } from '../clip/checkpoint.ts'
import { checkpointFolder, readClipCheckpoint, readJsonFile } from '../clip/read-checkpoint.ts'
import type { VitGrid } from '../clip/vit-graph.ts'
import { largestSide, type EncoderManifest, type Preprocessing } from '../encoders/encoder-manifest.ts'
import { describeFile } from '../encoders/encoder-package.ts'
import type { ImportedEncoder } from './import-onnx.ts'
import { readOpenClipConfig } from './open-clip-config.ts'
import { parseNormalisation, readPreprocessorConfig, type KnownPreprocessing } from './preprocessor-config.ts'

export interface ClipImportOptions {
  /** of the tokens of a vision transformer; a ResNet's grid is always what comes before the attention pooling */
  tokens: VitGrid['tokens']
  classToken: VitGrid['classToken']
  /** side of the images, over the preprocessor's */
  side?: number
  resize?: Preprocessing['resize']
  /** default: as-stored, as CLIP was published and trained */
  colour?: Preprocessing['colour']
  /** a tokenizer file that does not lie beside the weights */
  tokenizer?: string
}

/** Throws what reading the checkpoint and its tokenizer throws, and AppError `bad-input` where the options do not fit the model. */
export async function importClip(path: string, options: ClipImportOptions): Promise<ImportedEncoder> {
  const checkpoint = await readClipCheckpoint(path)
  const { vision, embedding } = checkpoint
  if (vision.kind === 'resnet' && options.classToken === 'first')
    throw new AppError('bad-input', 'A CLIP ResNet has no class token to keep.', { todo: 'Leave the option out.' })
  const folder = await checkpointFolder(path)
  const input = await clipPreprocessing(folder, checkpoint, options)
  const tower = buildImageTower(checkpoint, input.width, options)
  const text = importText(checkpoint, options.tokenizer === undefined ? await findClipTokenizer(folder) : await readClipTokenizer(options.tokenizer))
  const trainedSide = vision.gridSide * cellSide(vision)
  return {
    onnx: tower.onnx,
    files: text.files,
    notes: [
      vision.kind === 'vit'
        ? `A vision transformer of ${vision.layers} layers, patches of ${vision.patch} pixels; the grid is ${options.tokens === 'last-block' ? 'after the last block' : 'after the final layer norm'}.`
        : `A modified ResNet of ${vision.blocks.join(', ')} blocks; the grid is before the attention pooling.`,
      `${tower.gridSide}×${tower.gridSide} cells of ${tower.gridWidth}${options.classToken === 'first' ? ', and the class token' : ''}.`,
      ...(input.width === trainedSide ? [] : [`Trained at ${trainedSide} pixels: the position table is resized to ${input.width}.`]),
      ...(embedding === undefined ? ['There is no projection into the space of texts: the pooled vector is the class token.'] : []),
      ...text.notes,
    ],
    manifest: {
      kind: vision.kind === 'vit' ? 'clip-vit' : 'clip-resnet',
      input: { name: 'image', ...input },
      grid: {
        output: 'grid',
        rows: tower.gridSide,
        columns: tower.gridSide,
        width: tower.gridWidth,
        ...(options.classToken === 'first' && { classToken: 'first' as const }),
      },
      pooled: { output: 'pooled', width: tower.pooledWidth },
      ...(text.manifest && { text: text.manifest }),
      ...(text.missing && { textMissing: text.missing }),
    },
  }
}

/** The folder's preprocessor file, else OpenCLIP's configuration, else what OpenAI's models were trained with. */
async function clipPreprocessing(
  folder: string,
  { vision }: ClipCheckpoint,
  { side, resize, colour = 'as-stored' }: ClipImportOptions,
): Promise<Preprocessing> {
  const { path, known } = await statedPreprocessing(folder)
  const length = side ?? known?.width ?? vision.gridSide * cellSide(vision)
  if (side === undefined && known?.height !== known?.width)
    throw new AppError('bad-input', `${path} asks for images of ${known?.width}×${known?.height}; CLIP's are square here.`, {
      todo: 'Give the side in pixels (--size).',
    })
  if (length > largestSide)
    throw new AppError('bad-input', `The model asks for images of ${length} pixels a side, more than the ${largestSide} that Capstan gives.`, {
      kept: 'Nothing was added.',
      todo: 'Give the side in pixels (--size).',
    })
  return {
    ...(known === undefined ? parseNormalisation('clip') : { mean: known.mean, std: known.std }),
    interpolation: known?.interpolation ?? 'bicubic',
    resize: resize ?? known?.resize ?? 'crop',
    width: length,
    height: length,
    colour,
  }
}

async function statedPreprocessing(folder: string): Promise<{ path: string; known: KnownPreprocessing | undefined }> {
  const path = join(folder, 'preprocessor_config.json')
  const json = await readJsonFile(path)
  if (json !== undefined) return { path, known: readPreprocessorConfig(json, path) }
  const openClip = join(folder, 'open_clip_config.json')
  const config = await readJsonFile(openClip)
  return { path: openClip, known: config === undefined ? undefined : readOpenClipConfig(config, openClip) }
}

interface ImportedText {
  manifest?: NonNullable<EncoderManifest['text']>
  /** what the texts lack */
  missing?: string
  files: Map<string, Uint8Array>
  notes: string[]
}

function importText(checkpoint: ClipCheckpoint, tokenizer: ClipTokenizer | undefined): ImportedText {
  const without = (note: string): ImportedText => ({
    files: new Map(),
    missing: note,
    notes: [`${note} Search by text, labels and CLIPScore will not work with it.`],
  })
  const onnx = buildTextTowerModel(checkpoint)
  const { text } = checkpoint
  if (onnx === undefined || text === undefined) return without('The files hold no text tower.')
  if (tokenizer === undefined)
    return without('There was no tokenizer beside the weights (tokenizer.json, vocab.json with merges.txt, or bpe_simple_vocab_16e6.txt.gz).')
  if (tokenizer.size > text.vocabulary) return without(`The tokenizer has ${tokenizer.size} tokens, the text tower ${text.vocabulary}.`)
  const files = new Map([
    ['text.onnx', onnx],
    ['tokenizer.json', new TextEncoder().encode(JSON.stringify(tokenizerToJson(tokenizer)))],
  ])
  const [weights, tokens] = [...files].map(([file, bytes]) => describeFile(file, bytes))
  return { files, notes: [], manifest: { context: text.context, ...(text.endToken !== undefined && { endToken: text.endToken }), weights, tokenizer: tokens } }
}
