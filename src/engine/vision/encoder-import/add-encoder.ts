/** Adding an encoder: somebody's files in, a tested package out. The originals are only read. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { openRegular, readRegularText } from '#engine/files/regular-file.ts'
import { placeFolder } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { checkpointFolder, pickledAdvice, readJsonFile } from '../clip/read-checkpoint.ts'
import { largestSide, type EncoderManifest, type Preprocessing } from '../encoders/encoder-manifest.ts'
import { readEncoderManifest, writeEncoderPackage } from '../encoders/encoder-package.ts'
import { importClip } from './import-clip.ts'
import { importOnnx, type ImportedEncoder } from './import-onnx.ts'
import type { Cells, GridWishes } from './onnx-grid.ts'
import { readPreprocessorConfig, type KnownPreprocessing } from './preprocessor-config.ts'
import { smokeRun, type SmokeRun } from './smoke-run.ts'

export interface AddEncoder {
  /** a Hugging Face folder, a safetensors file or an ONNX file */
  path: string
  /** where packages go */
  root: string
  name?: string
  licence?: string
  /** CLIP: last-block or post-layernorm; ONNX: the tensor's name */
  grid?: string
  /** ONNX: how many cells the grid has, where its shape can be read in two ways */
  cells?: Cells
  classToken?: 'first' | 'dropped'
  side?: number
  resize?: Preprocessing['resize']
  /** default: as-stored, as what these models were trained on */
  colour?: Preprocessing['colour']
  normalisation?: Pick<Preprocessing, 'mean' | 'std'>
  tokenizer?: string
  /** photo for the test run */
  photo?: string
  replace?: boolean
  /** asks a person for the normalisation that no file tells; absent: that is an error */
  ask?: () => Promise<Pick<Preprocessing, 'mean' | 'std'>>
  /** asks a person which of several readings of a grid is meant; absent: that is an error */
  askCells?: GridWishes['ask']
}

export interface AddedEncoder extends SmokeRun {
  folder: string
  manifest: EncoderManifest
  notes: readonly string[]
}

/**
 * Imports, tests on one photo and writes `<root>/<id>`, the id made from the name. Throws AppError `conflict` where it is taken, `bad-input`,
 * `corrupt` or `not-found` for what cannot be imported; nothing is left behind then.
 */
export async function addEncoder(request: AddEncoder): Promise<AddedEncoder> {
  if (request.side !== undefined && request.side > largestSide)
    throw new AppError('bad-input', `Photos of ${request.side} pixels a side are larger than Capstan gives to an encoder.`, {
      kept: 'Nothing was added.',
      todo: `Give a side of ${largestSide} pixels or less (--size).`,
    })
  const source = await findSource(request.path)
  const name = request.name ?? basename(resolve(request.path), extname(request.path))
  const id = idOf(name)
  const folder = join(request.root, id)
  await removeLeftovers(request.root)
  if (request.replace !== true && (await stat(folder).catch(() => undefined)) !== undefined)
    throw new AppError('conflict', `There is already an encoder “${id}”.`, {
      kept: 'It was not changed.',
      todo: 'Give it another name (--name), or replace that one (--replace).',
    })
  const imported = await importSource(source, request).catch((error: unknown) => {
    throw contradictory(source.path, error)
  })
  const description = {
    ...imported.manifest,
    formatVersion: 1 as const,
    id,
    name,
    revision: 1,
    licence: request.licence ?? (await statedLicence(source.path)),
    source: basename(resolve(request.path)),
  }
  return placeFolder(
    folder,
    async (partial) => {
      await writeEncoderPackage(partial, description, imported.onnx, imported.files)
      const run = await smokeRun(partial, request.photo).catch((error: unknown) => {
        throw contradictory(source.path, error)
      })
      return { folder, manifest: await readEncoderManifest(partial), notes: imported.notes, ...run }
    },
    { replace: request.replace === true },
  )
}

/** What files say of each other and of graphs may not fit: shapes that no graph can have, a graph that fails when it runs. */
function contradictory(path: string, error: unknown): unknown {
  const { code, happened } = toReport(error)
  if (code !== 'internal') return error
  return new AppError('bad-input', `${path} cannot be used: ${happened.replace(/\.?$/, '.')}`, {
    kept: 'Nothing was added.',
    todo: 'Copy or export the model again.',
    cause: error,
  })
}

function idOf(name: string): string {
  const id = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  if (id === '') throw new AppError('bad-input', `No id can be made of the name “${name}”.`, { todo: 'Give a name with Latin letters or digits (--name).' })
  return id
}

interface Source {
  kind: 'clip' | 'onnx'
  path: string
}

/** What a path holds: a folder leads to its safetensors, else to the one ONNX file in it or in its folder onnx/. */
async function findSource(path: string): Promise<Source> {
  const folder = await checkpointFolder(path)
  if (folder !== path) {
    if (/\.(?:pt|pth|bin|ckpt)$/i.test(path))
      throw new AppError('bad-input', `${path} is a PyTorch file.`, { kept: 'Nothing was changed.', todo: pickledAdvice })
    return { kind: (await startsAsSafetensors(path)) ? 'clip' : 'onnx', path }
  }
  const names = await readdir(path)
  const has = (ending: string): boolean => names.some((name) => name.endsWith(ending))
  if (has('.safetensors') || has('.safetensors.index.json')) return { kind: 'clip', path }
  for (const place of [path, join(path, 'onnx')]) {
    const files = (await readdir(place).catch(() => [])).filter((name) => name.endsWith('.onnx'))
    const chosen = files.length === 1 ? files[0] : files.find((name) => ['vision_model.onnx', 'model.onnx'].includes(name))
    if (chosen !== undefined) return { kind: 'onnx', path: join(place, chosen) }
    if (files.length > 1) throw new AppError('bad-input', `${place} holds several ONNX files: ${files.join(', ')}.`, { todo: 'Give the path of one of them.' })
  }
  return { kind: 'clip', path } // says what it found instead of weights
}

/** An 8-byte header length, then JSON. */
async function startsAsSafetensors(path: string): Promise<boolean> {
  if (path.endsWith('.safetensors') || path.endsWith('.safetensors.index.json')) return true
  const { handle } = await openRegular(path)
  try {
    const start = new Uint8Array(10)
    await handle.read(start, 0, start.length, 0)
    return new TextDecoder('latin1').decode(start.subarray(8)) === '{"'
  } finally {
    await handle.close()
  }
}

async function importSource({ kind, path }: Source, request: AddEncoder): Promise<ImportedEncoder> {
  const { grid, cells, askCells, classToken = 'dropped', side, resize, colour, tokenizer } = request
  if (kind === 'onnx')
    return importOnnx(path, {
      classToken,
      ...(grid !== undefined && { grid }),
      ...(cells !== undefined && { cells }),
      ...(askCells !== undefined && { askCells }),
      ...(side !== undefined && { side }),
      preprocessing: () => onnxPreprocessing(path, request),
    })
  if (grid !== undefined && grid !== 'last-block' && grid !== 'post-layernorm')
    throw new AppError('bad-input', `CLIP has no grid “${grid}”.`, { todo: 'Choose last-block or post-layernorm.' })
  return importClip(path, {
    tokens: grid ?? 'last-block',
    classToken,
    ...(side !== undefined && { side }),
    ...(resize !== undefined && { resize }),
    ...(colour !== undefined && { colour }),
    ...(tokenizer !== undefined && { tokenizer }),
  })
}

/** The options, else the preprocessor file beside the model or above it, else a person's word. */
async function onnxPreprocessing(path: string, { normalisation, resize, colour = 'as-stored', ask }: AddEncoder): Promise<KnownPreprocessing> {
  let known: KnownPreprocessing | undefined
  for (const folder of [dirname(path), dirname(dirname(resolve(path)))]) {
    const file = join(folder, 'preprocessor_config.json')
    const json = await readJsonFile(file)
    if (json !== undefined) known ??= readPreprocessorConfig(json, file)
  }
  const colours = normalisation ?? known ?? (await ask?.())
  if (colours === undefined)
    throw new AppError('bad-input', 'No preprocessor_config.json says how the model wants its images normalised.', {
      kept: 'Nothing was added.',
      todo: 'Say how its colours are normalised (--normalise): imagenet, half (x/127.5 − 1), clip, none (x/255), or the numbers.',
    })
  return { interpolation: 'bicubic', resize: 'crop', ...known, mean: colours.mean, std: colours.std, colour, ...(resize !== undefined && { resize }) }
}

/** The licence in the front matter of the model card beside the file. */
async function statedLicence(path: string): Promise<string> {
  const card = await readRegularText(join(await checkpointFolder(path), 'README.md'), 10e6).catch(() => '')
  const frontMatter = /^---\n([\s\S]*?)\n---/.exec(card)?.[1] ?? ''
  return /^licen[cs]e:\s*["']?([\w.+ -]+?)["']?\s*$/m.exec(frontMatter)?.[1] ?? 'not stated'
}
