/** Reading an ONNX file that somebody brings: is it one, can it be run, are its external data there. */
import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { openRegular, readRegular } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import type { OnnxModel, OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { decodeModel } from '#engine/graph/onnx/onnx-proto.ts'

/** The newest operator set of ONNX 1.21, which onnxruntime 1.30 follows, and the oldest that it still runs. */
const newestOperatorSet = 26
const oldestOperatorSet = 7
const knownDomains = [
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'ai.onnx.training',
  'ai.onnx.preview.training',
]
const largestFile = 2 ** 31

/**
 * Reads a model with all its weights inside. Throws AppError `not-found`, `corrupt` (no ONNX, truncated, external data missing or short) or
 * `bad-input` (an operator set that onnxruntime does not run, more than 2 GiB).
 */
export async function readOnnxFile(path: string): Promise<OnnxModel> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `There is no file ${path}.`, { todo: 'Check the path.', cause })
  })
  if (size >= largestFile) throw tooLarge(path)
  const bytes = await readRegular(path)
  const model = decode(bytes, path)
  checkOperatorSets(model, path)
  const external = [...externalTensors(model)]
  const total = external.reduce((sum, { external: data }) => sum + (data?.length ?? 0), size)
  if (total >= largestFile) throw tooLarge(path)
  for (const tensor of external) await loadExternal(tensor, path)
  return model
}

function tooLarge(path: string): AppError {
  return new AppError('bad-input', `${path} has 2 GiB of weights or more.`, { todo: 'Export a smaller model, or export it in float16.' })
}

function decode(bytes: Uint8Array, path: string): OnnxModel {
  const refuse = (found: string, cause?: unknown): AppError =>
    new AppError('corrupt', `${path} is not a readable ONNX model: ${found}.`, {
      kept: 'Nothing was changed.',
      todo: 'Export or copy the model again.',
      ...(cause === undefined ? {} : { cause }),
    })
  if (bytes.length === 0) throw refuse('it is empty')
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 8))
  if (start.startsWith('PK')) throw refuse('it is a ZIP or PyTorch file')
  if (start.slice(4, 8) === 'TFL3') throw refuse('it is a TFLite file')
  if (start.startsWith('version ')) throw refuse('it is only a pointer to a file that Git LFS keeps elsewhere')
  let model: OnnxModel
  try {
    model = decodeModel(bytes)
  } catch (cause) {
    throw refuse('it is of another format, or truncated', cause)
  }
  if (model.graph.nodes.length === 0 || model.opsets.length === 0) throw refuse('it holds no graph')
  return model
}

function checkOperatorSets({ opsets }: OnnxModel, path: string): void {
  const refuse = (found: string): AppError =>
    new AppError('bad-input', `${path} needs ${found}, which onnxruntime does not have.`, {
      kept: 'Nothing was changed.',
      todo: 'Export the model with operator set 17.',
    })
  for (const { domain, version } of opsets) {
    if (!knownDomains.includes(domain)) throw refuse(`the operators of “${domain}”`)
    if ((domain === '' || domain === 'ai.onnx') && (version > newestOperatorSet || version < oldestOperatorSet)) throw refuse(`operator set ${version}`)
  }
}

function* externalTensors({ graph }: OnnxModel): Generator<OnnxTensor> {
  for (const tensor of graph.initializers) if (tensor.external) yield tensor
  for (const { attributes } of graph.nodes)
    for (const attribute of Object.values(attributes)) if (attribute.kind === 'tensor' && attribute.value.external) yield attribute.value
}

/** Puts a tensor's bytes in from the file beside the model that it names. */
async function loadExternal(tensor: OnnxTensor, modelPath: string): Promise<void> {
  if (tensor.external === undefined) return
  const { location, offset, length } = tensor.external
  const relative = normalize(location)
  if (location === '' || isAbsolute(relative) || relative.split(/[\\/]/).includes('..'))
    throw new AppError('corrupt', `The weights “${tensor.name}” are said to be outside the model's folder (${location}).`, { todo: 'Export the model again.' })
  if (![offset, length ?? 0].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new AppError('corrupt', `The place of the weights “${tensor.name}” in ${location} is no place in a file.`, { todo: 'Export the model again.' })
  const path = join(dirname(modelPath), relative)
  const { handle, size } = await openRegular(path).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('not-found', `The model's external data ${path} are missing.`, { todo: 'Copy them beside the model.', cause })
  })
  try {
    const wanted = length ?? size - offset
    if (wanted < 0 || offset + wanted > size)
      throw new AppError('corrupt', `The external data ${path} end before “${tensor.name}”.`, { todo: 'Copy the file again.' })
    if (wanted >= largestFile) throw tooLarge(path)
    const bytes = new Uint8Array(wanted)
    await handle.read(bytes, 0, wanted, offset)
    tensor.rawData = bytes
    delete tensor.external
  } finally {
    await handle.close()
  }
}
