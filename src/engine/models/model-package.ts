/**
 * Model packages: one folder with manifest.json, weights.safetensors (float16), vocabulary.json, document-frequency.json.gz and README.md
 * (the model card). A package is written to a temporary folder, read back, and renamed into place: it is there whole or not at all.
 */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { inflateGzip } from '#engine/files/inflate.ts'
import { readInside } from '#engine/files/regular-file.ts'
import { placeFolder, writeWhole } from '#engine/files/write-whole.ts'
import type { Captioner, CaptionerConfig, Weights } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { largestTable, parseDocumentFrequency, serializeDocumentFrequency, type DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { vocabularyFromJson, vocabularyToJson, type Vocabulary } from '#engine/text/vocabulary.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { packageFormatVersion, parseManifest, type ModelManifest } from './manifest.ts'
import { float16Tensor, floatValues, readSafetensors, writeSafetensors } from '#engine/files/safetensors.ts'
import { largestManifest } from '#engine/files/package-limits.ts'

const files = { weights: 'weights.safetensors', vocabulary: 'vocabulary.json', documentFrequency: 'document-frequency.json.gz' } as const
type FileKey = keyof typeof files

/** What a package is made of. */
export interface ModelParts {
  name: string
  config: CaptionerConfig
  weights: Weights
  encoder: ModelManifest['encoder']
  vocabulary: Vocabulary
  /** The table that its scores use. */
  documentFrequency: DocumentFrequency
  provenance: ModelManifest['provenance']
  /** README.md, and other files to lie beside it, by name. */
  card: string
  extraFiles?: Readonly<Record<string, string>>
}

/** A package as read. */
export interface ModelPackage {
  readonly folder: string
  readonly manifest: ModelManifest
  readonly captioner: Captioner
  readonly weights: Weights
  readonly vocabulary: Vocabulary
  documentFrequency(): Promise<DocumentFrequency>
}

/** Weights as a package gives them back: rounded to float16. What is judged before it is written is judged so. */
export function asStored(weights: Weights): Weights {
  return new Map([...weights].map(([name, values]) => [name, floatValues(float16Tensor(values, [values.length]), name)]))
}

/**
 * Writes a package to `folder`, whose name becomes the model's id. With `replace`, a package that is there already gives way.
 * @throws AppError `conflict` where there is something already, `bad-input` for a name that is no id
 */
export async function writeModelPackage(folder: string, parts: ModelParts, { replace = false } = {}): Promise<ModelManifest> {
  const { captioner, shapes } = describe(parts.config)
  const tensors = new Map([...parts.weights].map(([name, values]) => [name, float16Tensor(values, shapes.get(name) ?? [values.length])]))
  const contents: Record<FileKey, Uint8Array> = {
    weights: writeSafetensors(tensors),
    vocabulary: Buffer.from(`${JSON.stringify(vocabularyToJson(parts.vocabulary))}\n`),
    documentFrequency: gzipSync(serializeDocumentFrequency(parts.documentFrequency), { level: 9 }),
  }
  const manifest: ModelManifest = parseManifest(
    JSON.stringify({
      formatVersion: packageFormatVersion,
      id: basename(folder),
      name: parts.name,
      captioner: captioner.config,
      parameters: [...parts.weights.values()].reduce((sum, { length }) => sum + length, 0),
      encoder: parts.encoder,
      provenance: parts.provenance,
      files: {
        weights: digest(contents.weights),
        vocabulary: digest(contents.vocabulary),
        documentFrequency: digest(contents.documentFrequency),
      },
    }),
    `the manifest of ${parts.name}`,
  )
  if (!replace && (await exists(folder))) {
    throw new AppError('conflict', `There is already a model at ${folder}.`, { kept: 'It was not changed.', todo: 'Choose another name.' })
  }
  await placeFolder(
    folder,
    async (partial) => {
      for (const key of keysOf(files)) await writeWhole(join(partial, files[key]), contents[key])
      for (const [name, text] of Object.entries(parts.extraFiles ?? {})) await writeWhole(join(partial, basename(name)), text)
      await writeWhole(join(partial, 'README.md'), parts.card)
      await writeWhole(join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
      await readModelPackage(partial)
    },
    { replace },
  )
  return manifest
}

/**
 * Reads a package and checks all of it: checksums, vocabulary, and that every parameter is there in its shape.
 * @throws AppError `not-found`, `newer-version` or `corrupt`
 */
export async function readModelPackage(folder: string): Promise<ModelPackage> {
  const manifest = await readManifest(folder)
  const { captioner, shapes } = describe(manifest.captioner)
  const { tensors } = readSafetensors(await readChecked(folder, 'weights', manifest), join(folder, files.weights))
  const weights = new Map<string, Float32Array>()
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(name)
    if (tensor === undefined || tensor.shape.join() !== shape.join()) throw corrupt(folder, `“${name}” is missing or has another shape`)
    const values = floatValues(tensor, name)
    if (!allFinite(values)) throw corrupt(folder, `“${name}” holds values that are no finite numbers`)
    weights.set(name, values)
  }
  const vocabulary = await readVocabulary(folder, manifest)
  return {
    folder,
    manifest,
    captioner,
    weights,
    vocabulary,
    async documentFrequency() {
      const bytes = await readChecked(folder, 'documentFrequency', manifest)
      const path = join(folder, files.documentFrequency)
      return parseDocumentFrequency((await inflateGzip(bytes, path, largestTable)).toString('utf8'), path)
    },
  }
}

/** Reads a package's manifest only. Throws AppError `not-found`, `newer-version` or `corrupt`. */
export async function readManifest(folder: string): Promise<ModelManifest> {
  const path = join(folder, 'manifest.json')
  let text: string
  try {
    text = (await readInside(folder, 'manifest.json', largestManifest)).toString('utf8')
  } catch (cause) {
    if (cause instanceof AppError) throw corrupt(folder, cause.message, cause)
    throw new AppError('not-found', `There is no model package at ${folder}.`, { todo: 'Check the path.', cause })
  }
  return parseManifest(text, path)
}

async function readVocabulary(folder: string, manifest: ModelManifest): Promise<Vocabulary> {
  const bytes = await readChecked(folder, 'vocabulary', manifest)
  let vocabulary: Vocabulary
  try {
    vocabulary = vocabularyFromJson(parseJson(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw corrupt(folder, 'its vocabulary cannot be read', cause)
  }
  if (vocabulary.words.length !== manifest.captioner.words) throw corrupt(folder, 'its vocabulary has another size than its captioner')
  return vocabulary
}

async function readChecked(folder: string, key: FileKey, manifest: ModelManifest): Promise<Uint8Array> {
  const expected = manifest.files[key]
  // What is larger than the manifest says is not read at all.
  const bytes = await readInside(folder, files[key], expected.bytes).catch((cause: unknown) => {
    throw corrupt(folder, cause instanceof AppError || toReport(cause).code !== 'not-found' ? toReport(cause).happened : `${files[key]} is missing`, cause)
  })
  const found = digest(bytes)
  if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) throw corrupt(folder, `the checksum of ${files[key]} does not fit`)
  return bytes
}

function describe(config: CaptionerConfig): { captioner: Captioner; shapes: Map<string, readonly number[]> } {
  const captioner = createCaptioner(config)
  return { captioner, shapes: new Map(captioner.parameters.map(({ name, shape }) => [name, shape])) }
}

function allFinite(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false
  return true
}

function digest(bytes: Uint8Array): { bytes: number; sha256: string } {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function corrupt(folder: string, reason: string, cause?: unknown): AppError {
  return new AppError('corrupt', `The model package ${folder} is damaged: ${reason.replace(/\.$/, '')}.`, {
    kept: 'Nothing was changed.',
    todo: 'Copy the package again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function keysOf<Key extends string>(record: Readonly<Record<Key, string>>): Key[] {
  return Object.keys(record) as Key[]
}
