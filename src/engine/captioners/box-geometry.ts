/**
 * How two boxes lie to each other, in numbers, written into a graph; for boxes known when the graph is built the result is folded.
 *
 * λ(m, n) = [log max(|cx_m−cx_n|/w_m, 1e-3), log max(|cy_m−cy_n|/h_m, 1e-3), log(w_m/w_n), log(h_m/h_n)] of boxes (x0, y0, x1, y1)
 * in 0–1 with centres c, w = x1 − x0 + s and h = y1 − y0 + s. The published box attention adds s = 1, a habit of pixel
 * coordinates; geometry-aware attention adds nothing.
 */
import { absolute, add, concat, cosine, divide, logarithm, maximum, multiply, reshape, sine, slice, subtract, unsqueeze } from '../graph/operations.ts'
import type { Dimension, Value } from '../graph/types.ts'
import type { Boxes } from './captioner-config.ts'

/** Of a distance in box sizes: aligned boxes have distance 0, which has no logarithm. */
const distanceFloor = 1e-3
/** Of a box's side, so that padding and degenerate boxes divide by something. */
const sideFloor = 1e-3

/** What is added to the sides of a box. */
export type SideOffset = 0 | 1

/** The boxes of a grid's cells, row by row, [tokens, 4] row-major; a class token's box is the image. */
export function cellBoxes({ rows, columns, classToken }: Extract<Boxes, { kind: 'cells' }>): Float64Array {
  const cells = Array.from({ length: rows * columns }, (_, cell) => {
    const row = Math.floor(cell / columns)
    const column = cell % columns
    return [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows]
  })
  return Float64Array.from([...(classToken === 'first' ? [[0, 0, 1, 1]] : []), ...cells].flat())
}

/** λ of every pair of boxes: [groups, tokens, 4] → [groups, tokens (m), tokens (n), 4]. */
export function relativeGeometry(boxes: Value, offset: SideOffset): Value {
  const column = (index: number) => slice(boxes, 2, index, index + 1)
  const alongAxis = (axis: 0 | 1): readonly [distance: Value, ratio: Value] => {
    const [low, high] = [column(axis), column(axis + 2)]
    const centre = multiply(add(low, high), 0.5)
    const side = maximum(add(subtract(high, low), offset), sideFloor)
    // m as [groups, tokens, 1, 1] against n as [groups, 1, tokens, 1].
    const [m, n] = [2, 1].map((place) => ({ centre: unsqueeze(centre, [place]), side: unsqueeze(side, [place]) }))
    const distance = divide(absolute(subtract(m.centre, n.centre)), m.side)
    return [logarithm(maximum(distance, distanceFloor)), logarithm(divide(m.side, n.side))]
  }
  const [[distanceX, ratioX], [distanceY, ratioY]] = [alongAxis(0), alongAxis(1)]
  return concat([distanceX, distanceY, ratioX, ratioY], 3)
}

export const trigonometricWidth = 64
const wavelengths = 8

/** λ [pairs, 4] → [pairs, 64]: the sines of 100·λ_i·1000^(−k/8), i before k, then the cosines. */
export function trigonometricEmbedding(geometry: Value, pairs: Dimension): Value {
  const { graph, type } = geometry
  const frequencies = Float64Array.from({ length: wavelengths }, (_, k) => 100 * 1000 ** (-k / wavelengths))
  const constant = graph.constant(type === 'float64' ? frequencies : Float32Array.from(frequencies), type, [1, 1, wavelengths])
  const angles = reshape(multiply(unsqueeze(geometry, [2]), constant), [pairs, 4 * wavelengths])
  return concat([sine(angles), cosine(angles)], 1)
}
