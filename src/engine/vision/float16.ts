/** IEEE 754 half precision ↔ float32, by tables: one lookup a value when reading, two when writing. */

const float32 = new Float32Array(1)
const float32Bits = new Uint32Array(float32.buffer)

let decodeTable: Float32Array | undefined

/** The value of every one of the 65,536 bit patterns. */
function halfValues(): Float32Array {
  if (decodeTable) return decodeTable
  const bits = new Uint32Array(65_536)
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 0x1f
    const mantissa = half & 0x3ff
    if (exponent === 0) {
      float32[0] = mantissa * 2 ** -24 // subnormal or zero
      bits[half] = float32Bits[0] | sign
    } else if (exponent === 31) {
      bits[half] = sign | 0x7f800000 | (mantissa << 13)
    } else {
      bits[half] = sign | ((exponent + 112) << 23) | (mantissa << 13)
    }
  }
  decodeTable = new Float32Array(bits.buffer)
  return decodeTable
}

/** Writes the values of `source`'s half-precision bits into `destination` (same length). */
export function decodeFloat16(source: Uint16Array, destination: Float32Array): void {
  const values = halfValues()
  for (let index = 0; index < source.length; index++) destination[index] = values[source[index]]
}

/** Writes `source` as half-precision bits into `destination` (same length), rounding to nearest even; beyond 65,504 it is infinity. */
export function encodeFloat16(source: Float32Array, destination: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length)
  for (let index = 0; index < source.length; index++) destination[index] = halfBits(bits[index])
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00) // NaN, or too large
  if (magnitude >= 0x38800000) {
    // Normal: drop 13 bits of the mantissa, rounding half to even; a carry moves into the exponent as it should.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
    return sign | ((rounded - 0x38000000) >>> 13)
  }
  if (magnitude < 0x33000000) return sign // less than half the smallest subnormal
  const exponent = magnitude >>> 23
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  const shift = 126 - exponent // 14 … 24
  const half = mantissa >>> shift
  const rest = mantissa & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0))
}
