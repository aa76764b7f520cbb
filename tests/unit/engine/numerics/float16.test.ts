import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFloat16, encodeFloat16 } from '#engine/numerics/float16.ts'

function encode(...values: number[]): number[] {
  const bits = new Uint16Array(values.length)
  encodeFloat16(Float32Array.from(values), bits)
  return Array.from(bits)
}

function decode(...bits: number[]): number[] {
  const values = new Float32Array(bits.length)
  decodeFloat16(Uint16Array.from(bits), values)
  return Array.from(values)
}

describe('half precision', () => {
  test('lengths that are no multiple of eight, and long ones, are converted whole', () => {
    for (const length of [1, 7, 8, 9, 8191, 8192, 8193, 20_003]) {
      const values = Float32Array.from({ length }, (_, index) => (index % 2048) - 1024)
      const bits = new Uint16Array(length)
      const back = new Float32Array(length)
      encodeFloat16(values, bits)
      decodeFloat16(bits, back)
      expect(back).toEqual(values)
    }
  })

  test('known values have their IEEE 754 bits', () => {
    const values = [0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity]
    const bits = [0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x7c00, 0xfc00]
    expect(encode(...values)).toEqual(bits)
    expect(decode(...bits)).toEqual(values)
  })

  test('every one of the 65,536 patterns survives decoding and encoding', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index)
    const values = new Float32Array(bits.length)
    const back = new Uint16Array(bits.length)
    decodeFloat16(bits, values)
    encodeFloat16(values, back)
    const changed = Array.from(bits).filter((pattern) => back[pattern] !== pattern && !Number.isNaN(values[pattern]))
    expect(changed).toEqual([])
    expect(values.filter(Number.isNaN).length).toBe(2 * 1023)
  })

  test('values between two halves round to the nearer, and to the even one when in the middle', () => {
    const step = 2 ** -10
    expect(decode(...encode(1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, 65519, 65520, 2 ** -25, 1.1 * 2 ** -25))).toEqual([
      1,
      1 + 2 * step,
      1 + step,
      65504,
      Infinity,
      0,
      2 ** -24,
    ])
  })

  test('the error of any normal value is at most half a step', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(-65504), max: Math.fround(65504), noNaN: true }), (value) => {
        const [half] = decode(...encode(value))
        expect(Math.abs(half - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25))
      }),
    )
  })
})
