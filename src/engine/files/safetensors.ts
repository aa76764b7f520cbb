/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, then the tensors'
 * bytes. Everything in the header is checked before a byte of data is believed: the file may be truncated, or lie.
 */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { decodeFloat16, encodeFloat16 } from '#engine/numerics/float16.ts'

const elementBytes = { F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, I8: 1, U8: 1 } as const
export type ElementType = keyof typeof elementBytes

/** A tensor as stored: row-major bytes, little-endian. */
export interface StoredTensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16', 'F64', 'I64', 'I32', 'I8', 'U8']),
  shape: z.array(size).max(16),
  data_offsets: z.tuple([size, size]),
})
const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(entrySchema)
const maximumHeader = 100_000_000

/**
 * Reads a file's bytes; tensors are views of them. `source` names the file in errors.
 * @throws AppError `corrupt`
 */
export function readSafetensors(bytes: Uint8Array, source: string): TensorFile {
  const refuse = (reason: string, cause?: unknown): AppError =>
    new AppError('corrupt', `${source} is not a readable safetensors file: ${reason}.`, {
      kept: 'Nothing was changed.',
      todo: 'Copy or make the file again.',
      ...(cause === undefined ? {} : { cause }),
    })
  if (bytes.length < 8) throw refuse('it is too short')
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (headerLength > maximumHeader || Number(headerLength) > bytes.length - 8) throw refuse('its header is longer than the file')
  const dataStart = 8 + Number(headerLength)
  let header: z.infer<typeof headerSchema>
  try {
    header = headerSchema.parse(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart))))
  } catch (cause) {
    throw refuse('its header is damaged', cause)
  }
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors = new Map<string, StoredTensor>()
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [start, end],
    },
  ] of Object.entries(entries)) {
    const needed = shape.reduce((product, length) => product * length, elementBytes[dtype])
    if (start > end || end - start !== needed) throw refuse(`the size of “${name}” does not fit its shape`)
    if (dataStart + end > bytes.length) throw refuse(`“${name}” ends behind the end of the file`)
    tensors.set(name, { type: dtype, shape, bytes: bytes.subarray(dataStart + start, dataStart + end) })
  }
  return { tensors, metadata }
}

/** The bytes of a file that holds the tensors in the given order. Data starts at a multiple of 8. */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  let offset = 0
  for (const [name, { type, shape, bytes }] of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const headerLength = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(8 + headerLength + offset).fill(0x20, 8 + json.length, 8 + headerLength)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true)
  file.set(json, 8)
  let position = 8 + headerLength
  for (const { bytes } of tensors.values()) {
    file.set(bytes, position)
    position += bytes.length
  }
  return file
}

export function float32Tensor(values: Float32Array, shape: readonly number[]): StoredTensor {
  return { type: 'F32', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

/** The values rounded to half precision. */
export function float16Tensor(values: Float32Array, shape: readonly number[]): StoredTensor {
  const halves = new Uint16Array(values.length)
  encodeFloat16(values, halves)
  return { type: 'F16', shape, bytes: new Uint8Array(halves.buffer) }
}

/**
 * A floating-point tensor's values in an array of their own.
 * @throws AppError `bad-input` for a tensor of integers
 */
export function floatValues(tensor: StoredTensor, name: string): Float32Array {
  const copy = new Uint8Array(tensor.bytes).buffer
  switch (tensor.type) {
    case 'F32':
      return new Float32Array(copy)
    case 'F64':
      return Float32Array.from(new Float64Array(copy))
    case 'F16': {
      const values = new Float32Array(copy.byteLength / 2)
      decodeFloat16(new Uint16Array(copy), values)
      return values
    }
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const words = Uint32Array.from(new Uint16Array(copy), (half) => half << 16)
      return new Float32Array(words.buffer)
    }
    default:
      throw new AppError('bad-input', `The tensor “${name}” holds ${tensor.type} values where floating-point numbers are needed.`)
  }
}

/**
 * An integer tensor's values as plain numbers.
 * @throws AppError `bad-input` for a tensor of floating-point numbers or numbers beyond 2^53
 */
export function integerValues(tensor: StoredTensor, name: string): number[] {
  const copy = new Uint8Array(tensor.bytes).buffer
  switch (tensor.type) {
    case 'I64': {
      const values = Array.from(new BigInt64Array(copy), Number)
      if (!values.every(Number.isSafeInteger)) throw new AppError('bad-input', `The tensor “${name}” holds numbers that are too large.`)
      return values
    }
    case 'I32':
      return [...new Int32Array(copy)]
    case 'I8':
      return [...new Int8Array(copy)]
    case 'U8':
      return [...new Uint8Array(copy)]
    default:
      throw new AppError('bad-input', `The tensor “${name}” holds ${tensor.type} values where integers are needed.`)
  }
}
