/** Learned position tables for other resolutions than the trained one. */

/** Coefficient of Keys' cubic convolution as PyTorch has it. */
const sharpness = -0.75

/**
 * A square table [side², width] (without the class token's row) resized to [newSide², width], as PyTorch's
 * `interpolate(mode='bicubic', align_corners=False)`: centres aligned, no antialiasing, edges repeated.
 */
export function resizePositions(table: Float32Array, side: number, newSide: number, width: number): Float32Array {
  if (side === newSide) return table
  const taps = cubicTaps(side, newSide)
  const wide = new Float32Array(side * newSide * width)
  for (let row = 0; row < side; row++)
    for (let column = 0; column < newSide; column++) addTaps(taps[column], table, row * side, 1, wide, row * newSide + column, width)
  const resized = new Float32Array(newSide * newSide * width)
  for (let row = 0; row < newSide; row++)
    for (let column = 0; column < newSide; column++) addTaps(taps[row], wide, column, newSide, resized, row * newSide + column, width)
  return resized
}

interface Taps {
  readonly indices: readonly number[]
  readonly weights: readonly number[]
}

/** For each new place, the four old ones beside it and their weights. */
function cubicTaps(side: number, newSide: number): Taps[] {
  return Array.from({ length: newSide }, (_, place) => {
    const position = ((place + 0.5) * side) / newSide - 0.5
    const first = Math.floor(position) - 1
    const offsets = [0, 1, 2, 3]
    return {
      indices: offsets.map((offset) => Math.min(Math.max(first + offset, 0), side - 1)),
      weights: offsets.map((offset) => cubic(Math.abs(position - first - offset))),
    }
  })
}

/** Keys' kernel at a distance of 0 to 2. */
function cubic(distance: number): number {
  const x = distance
  if (x <= 1) return ((sharpness + 2) * x - (sharpness + 3)) * x * x + 1
  if (x < 2) return ((sharpness * x - 5 * sharpness) * x + 8 * sharpness) * x - 4 * sharpness
  return 0
}

/** Adds the weighted rows `start + index × stride` of `source` to one row of `target`. */
function addTaps({ indices, weights }: Taps, source: Float32Array, start: number, stride: number, target: Float32Array, row: number, width: number): void {
  for (let tap = 0; tap < indices.length; tap++) {
    const from = (start + indices[tap] * stride) * width
    for (let channel = 0; channel < width; channel++) target[row * width + channel] += weights[tap] * source[from + channel]
  }
}
