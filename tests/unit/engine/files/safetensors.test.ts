import { describe, expect, test } from 'vitest'
import { float16Tensor, float32Tensor, floatValues, integerValues, readSafetensors, writeSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'

const sample = (): Map<string, StoredTensor> =>
  new Map<string, StoredTensor>([
    ['matrix', float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])],
    ['half', float16Tensor(Float32Array.of(0.5, -2), [2])],
    ['ids', { type: 'I64', shape: [2], bytes: new Uint8Array(BigInt64Array.of(-1n, 7n).buffer) }],
    ['empty', float32Tensor(new Float32Array(0), [0, 4])],
  ])

describe('safetensors', () => {
  test('reads what it wrote: values, shapes, metadata', () => {
    const { tensors, metadata } = readSafetensors(writeSafetensors(sample(), { note: 'x' }), 'f')
    expect([...floatValues(tensors.get('matrix')!, 'matrix')]).toEqual([1, 2, 3, 4, 5, 6])
    expect(tensors.get('matrix')!.shape).toEqual([2, 3])
    expect([...floatValues(tensors.get('half')!, 'half')]).toEqual([0.5, -2])
    expect(integerValues(tensors.get('ids')!, 'ids')).toEqual([-1, 7])
    expect(floatValues(tensors.get('empty')!, 'empty')).toHaveLength(0)
    expect(metadata).toEqual({ note: 'x' })
  })

  test('reads from a Buffer as from a plain array', () => {
    const { tensors } = readSafetensors(Buffer.from(writeSafetensors(sample())), 'f')
    expect([...floatValues(tensors.get('matrix')!, 'matrix')]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a file cut off anywhere is refused', () => {
    const bytes = writeSafetensors(sample())
    for (const length of [0, 7, 8, 40, bytes.length - 1]) {
      expect(() => readSafetensors(bytes.subarray(0, length), 'f'), `${length} bytes`).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })

  const withHeader = (header: unknown): Uint8Array => {
    const json = Buffer.from(JSON.stringify(header))
    const bytes = new Uint8Array(8 + json.length + 8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
    bytes.set(json, 8)
    return bytes
  }
  test.each([
    ['a shape larger than its data', { a: { dtype: 'F32', shape: [1000], data_offsets: [0, 8] } }],
    ['data behind the end', { a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }],
    ['offsets the wrong way round', { a: { dtype: 'F32', shape: [0], data_offsets: [8, 0] } }],
    ['negative sizes', { a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }],
    ['an unknown type', { a: { dtype: 'F4', shape: [2], data_offsets: [0, 8] } }],
    ['no object', [1, 2]],
  ])('a header that lies is refused: %s', (_, header) => {
    expect(() => readSafetensors(withHeader(header), 'f')).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  test('a header length beyond the file is refused', () => {
    const bytes = new Uint8Array(64)
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true)
    expect(() => readSafetensors(bytes, 'f')).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  test('bfloat16 is read as the upper half of a float32', () => {
    const tensor: StoredTensor = { type: 'BF16', shape: [2], bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc000).buffer) }
    expect([...floatValues(tensor, 't')]).toEqual([1, -2])
  })
})
