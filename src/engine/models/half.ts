/**
 * IEEE 754 half precision (float16) to and from float32. Node 20 has no Float16Array, so the bits travel in a Uint16Array.
 */

const bits = new Uint32Array(1)
const value = new Float32Array(bits.buffer)

/** The float32 of every half, by its 16 bits. */
const floatOfHalf = buildTable()

function buildTable(): Float32Array {
  const table = new Float32Array(1 << 16)
  for (let half = 0; half < table.length; half++) {
    const sign = half & 0x8000 ? -1 : 1
    const exponent = (half >>> 10) & 0x1f
    const fraction = half & 0x3ff
    if (exponent === 0x1f) table[half] = fraction === 0 ? sign * Infinity : NaN
    else if (exponent === 0) table[half] = sign * fraction * 2 ** -24
    else table[half] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return table
}

/** The bits of the half nearest to `number`, ties to even; beyond 65,504 it becomes infinite. */
export function halfFromFloat(number: number): number {
  value[0] = number
  const word = bits[0]
  const sign = (word >>> 16) & 0x8000
  const exponent = (word >>> 23) & 0xff
  const fraction = word & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  const halfExponent = exponent - 127 + 15
  if (halfExponent >= 0x1f) return sign | 0x7c00
  if (halfExponent < -10) return sign
  // A subnormal half shifts the implicit one in; rounding up may carry into the exponent, which is then right as it is.
  const significand = halfExponent > 0 ? fraction : fraction | 0x800000
  const shift = halfExponent > 0 ? 13 : 14 - halfExponent
  const truncated = (halfExponent > 0 ? halfExponent << 10 : 0) + (significand >>> shift)
  const remainder = significand & ((1 << shift) - 1)
  const tie = 1 << (shift - 1)
  const roundUp = remainder > tie || (remainder === tie && (truncated & 1) === 1)
  return sign | (truncated + (roundUp ? 1 : 0))
}

/** Writes the halves of `source` into `destination` (same length). */
export function encodeHalves(source: Float32Array, destination: Uint16Array): void {
  for (let i = 0; i < source.length; i++) destination[i] = halfFromFloat(source[i])
}

/** Writes the floats of `source` into `destination` (same length). */
export function decodeHalves(source: Uint16Array, destination: Float32Array): void {
  for (let i = 0; i < source.length; i++) destination[i] = floatOfHalf[source[i]]
}
