import { createInterface } from 'node:readline/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { GridTensor } from '#engine/vision/encoder-import/grid-geometry.ts'
import type { Cells } from '#engine/vision/encoder-import/onnx-grid.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'
import { inThisProcess, runInChild } from '../in-child.ts'

export const defaultEncoderRoot = 'models/encoders'

interface AddOptions {
  encoders: string
  name?: string
  licence?: string
  grid?: string
  cells?: string
  classToken: boolean
  size?: number
  resize?: Preprocessing['resize']
  colour?: Preprocessing['colour']
  normalise?: string
  tokenizer?: string
  photo?: string
  replace: boolean
  /** Seconds. */
  deadline: number
  inThisProcess?: true
}

/** `capstan encoder`: the image encoders that captioners can see through. */
export function registerEncoder(program: Command): void {
  const encoder = program.command('encoder').description('add, list and remove image encoders')
  encoder
    .command('add')
    .description('add a CLIP (Hugging Face folder or safetensors) or any image encoder as ONNX; the original is only read')
    .argument('<path>', 'the folder or file')
    .option('--name <text>', 'what to call it (default: the file’s or folder’s name)')
    .option('--licence <text>', 'its licence (default: what its model card states)')
    .option('--grid <name>', 'CLIP: last-block (default) or post-layernorm; ONNX: the tensor that holds the grid (default: found)')
    .option('--cells <rows×columns>', 'ONNX: how many cells the grid has, as 14x14, where its shape can be read in two ways')
    .option('--class-token', 'keep the class token before the cells', false)
    .option('--size <pixels>', 'side of the images, over the model’s own', pixels)
    .addOption(new Option('--resize <way>', 'how photos are fitted, over the model’s own').choices(['crop', 'squash', 'letterbox']))
    .addOption(
      new Option('--colour <way>', 'whether colour profiles in photos are ignored, as in published preprocessing (default), or followed to sRGB').choices([
        'as-stored',
        'converted',
      ]),
    )
    .option('--normalise <colours>', 'ONNX: imagenet, half, clip, none, or means/deviations as 0.5,0.5,0.5/0.5,0.5,0.5')
    .option('--tokenizer <file>', 'CLIP: tokenizer.json or bpe_simple_vocab_16e6.txt.gz, where it is not beside the weights')
    .option('--photo <file>', 'photo for the test run (default: a drawn one)')
    .option('--replace', 'overwrite an encoder of that name', false)
    .option('--encoders <folder>', 'where encoders are kept', defaultEncoderRoot)
    .option('--deadline <seconds>', 'after which an encoder that does not answer is given up', wholeNumber(1), 600)
    .addOption(new Option(inThisProcess).hideHelp())
    .action(action('Nothing was added.', add))
  encoder
    .command('list')
    .description('list the encoders')
    .option('--encoders <folder>', 'where encoders are kept', defaultEncoderRoot)
    .action(action('Nothing was changed.', list))
  encoder
    .command('remove')
    .description('remove an encoder; models trained on it can then no longer caption')
    .argument('<id>', 'the encoder')
    .option('--encoders <folder>', 'where encoders are kept', defaultEncoderRoot)
    .action(action('Nothing was changed.', remove))
}

function pixels(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a whole number of pixels.')
}

async function add(signal: AbortSignal, path: string, options: AddOptions): Promise<void> {
  if (options.inThisProcess === true) return addHere(path, options)
  process.exitCode = await runInChild(signal, options.deadline, 'The encoder')
}

async function addHere(path: string, options: AddOptions): Promise<void> {
  process.stderr.write('Reading the encoder and trying it on a photo …\n')
  const { addEncoder } = await import('#engine/vision/encoder-import/add-encoder.ts')
  const { parseNormalisation } = await import('#engine/vision/encoder-import/preprocessor-config.ts')
  const { preprocessingInWords } = await import('#engine/vision/encoders/preprocessing-in-words.ts')
  const { parseCells } = await import('#engine/vision/encoder-import/onnx-grid.ts')
  const { name, licence, grid, cells, size, resize, colour, normalise, tokenizer, photo } = options
  const { folder, manifest, notes, provider, secondsPerImage } = await addEncoder({
    path,
    root: options.encoders,
    classToken: options.classToken ? 'first' : 'dropped',
    replace: options.replace,
    ...(name !== undefined && { name }),
    ...(licence !== undefined && { licence }),
    ...(grid !== undefined && { grid }),
    ...(cells !== undefined && { cells: parseCells(cells) }),
    ...(size !== undefined && { side: size }),
    ...(resize !== undefined && { resize }),
    ...(colour !== undefined && { colour }),
    ...(normalise !== undefined && { normalisation: parseNormalisation(normalise) }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(photo !== undefined && { photo }),
    ...(process.stdin.isTTY && { ask: askNormalisation, askCells }),
  })
  for (const note of notes) console.log(note)
  console.log(`Photos: ${preprocessingInWords(manifest.input)}.`)
  console.log(`Licence: ${manifest.licence}. SHA-256 ${manifest.weights.sha256}.`)
  console.log(`Tested on one photo (${provider}, ${secondsPerImage.toFixed(3)} s).`)
  console.log(`Added the encoder ${manifest.id} in ${folder}. Train with: capstan train --encoder ${manifest.id} …`)
}

async function answerTo(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(question)).trim()
  } finally {
    terminal.close()
  }
}

async function askNormalisation(): Promise<Pick<Preprocessing, 'mean' | 'std'>> {
  const { parseNormalisation } = await import('#engine/vision/encoder-import/preprocessor-config.ts')
  return parseNormalisation(await answerTo('How does the model want its colours (imagenet, half, clip, none, or numbers)? '))
}

async function askCells(readings: readonly GridTensor[]): Promise<Cells> {
  const { parseCells } = await import('#engine/vision/encoder-import/onnx-grid.ts')
  const ways = readings.map(({ rows, columns, width }) => `${rows}x${columns} cells of ${width}`)
  return parseCells(await answerTo(`How is the grid ${readings[0].tensor} to be read: ${ways.join(' or ')}? `))
}

async function list(_signal: AbortSignal, { encoders: root }: { encoders: string }): Promise<void> {
  const { listEncoders } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { sentence } = await import('#shared/errors.ts')
  const { encoders, problems } = await listEncoders([root])
  for (const { manifest } of encoders) {
    const { id, kind, grid, input, text, licence, weights } = manifest
    const towers = text === undefined ? '' : ', texts'
    console.log(
      `${id}  ${kind}, ${input.width}×${input.height} ${input.resize}, grid ${grid.rows}×${grid.columns}×${grid.width}${towers}, ${(weights.bytes / 1e6).toFixed(1)} MB, licence ${licence}`,
    )
  }
  for (const { folder, report } of problems) console.log(`${folder}  cannot be used: ${sentence(report)}`)
  if (encoders.length + problems.length === 0) console.log(`There are no encoders in ${root}.`)
}

async function remove(_signal: AbortSignal, id: string, { encoders: root }: { encoders: string }): Promise<void> {
  const { removeEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  await removeEncoder(root, id)
  console.log(`Removed the encoder ${id}.`)
}
