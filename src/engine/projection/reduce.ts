/**
 * Wide vectors, dense or sparse, brought to few dimensions: their first principal components, or singular vectors where the mean stays, by subspace
 * iteration from a seeded start (Halko, Martinsson & Tropp 2011, algorithm 4.4). Memory grows with rows times kept dimensions alone.
 */
import { normal, randomAt } from '#shared/random.ts'
import { symmetricEigen } from './eigen.ts'
import type { Points, Rows } from './rows.ts'

/** Dimensions that are carried along beyond those kept, and how often the subspace is turned towards the largest. */
const spare = 8
const turns = 2
const rowsPerStep = 512

export interface ReduceOptions {
  /** dimensions kept, fewer where the vectors have fewer */
  dimensions: number
  /** less the mean of all vectors (principal components), or as they are (singular vectors) */
  centred: boolean
  seed: number
}

/** Reduces in short steps; each yields the share that is done. */
export function* reduceRows(rows: Rows, { dimensions, centred, seed }: ReduceOptions): Generator<number, Points> {
  const { size, width } = rows
  const carried = Math.max(1, Math.min(dimensions + spare, width, size))
  const passes = 2 * turns + 1 + (centred ? 1 : 0)
  let pass = 0
  const share = (row: number): number => (pass + row / Math.max(1, size)) / passes

  const mean = new Float64Array(width)
  if (centred) {
    for (let row = 0; row < size; row++) {
      const { columns, values } = rows.read(row)
      for (let at = 0; at < values.length; at++) mean[columns === null ? at : columns[at]] += values[at] / size
      if (row % rowsPerStep === 0) yield share(row)
    }
    pass++
  }
  const random = randomAt(seed, 'projection', 0)
  const basis = new Float64Array(width * carried)
  for (let at = 0; at < basis.length; at++) basis[at] = normal(random)
  const scores = new Float64Array(size * carried)
  for (let turn = 0; ; turn++) {
    yield* forward(rows, mean, basis, scores, carried, share)
    pass++
    if (turn === turns) break
    orthonormalize(scores, size, carried)
    yield* backward(rows, mean, scores, basis, carried, share)
    pass++
    orthonormalize(basis, width, carried)
  }
  return principal(scores, size, carried, Math.min(dimensions, carried))
}

/** scores = (rows − mean) · basis */
function* forward(
  { size, width, read }: Rows,
  mean: Float64Array,
  basis: Float64Array,
  scores: Float64Array,
  carried: number,
  share: (row: number) => number,
): Generator<number, void> {
  const offset = new Float64Array(carried)
  for (let column = 0; column < width; column++) for (let k = 0; k < carried; k++) offset[k] += mean[column] * basis[column * carried + k]
  for (let row = 0; row < size; row++) {
    const { columns, values } = read(row)
    const start = row * carried
    for (let k = 0; k < carried; k++) scores[start + k] = -offset[k]
    for (let at = 0; at < values.length; at++) {
      const value = values[at]
      if (value === 0) continue
      const from = (columns === null ? at : columns[at]) * carried
      for (let k = 0; k < carried; k++) scores[start + k] += value * basis[from + k]
    }
    if (row % rowsPerStep === 0) yield share(row)
  }
}

/** basis = (rows − mean)ᵀ · scores */
function* backward(
  { size, width, read }: Rows,
  mean: Float64Array,
  scores: Float64Array,
  basis: Float64Array,
  carried: number,
  share: (row: number) => number,
): Generator<number, void> {
  basis.fill(0)
  const sums = new Float64Array(carried)
  for (let row = 0; row < size; row++) {
    const { columns, values } = read(row)
    const start = row * carried
    for (let k = 0; k < carried; k++) sums[k] += scores[start + k]
    for (let at = 0; at < values.length; at++) {
      const value = values[at]
      if (value === 0) continue
      const into = (columns === null ? at : columns[at]) * carried
      for (let k = 0; k < carried; k++) basis[into + k] += value * scores[start + k]
    }
    if (row % rowsPerStep === 0) yield share(row)
  }
  for (let column = 0; column < width; column++) for (let k = 0; k < carried; k++) basis[column * carried + k] -= mean[column] * sums[k]
}

/** The products of all pairs of columns. */
function gram(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const products = new Float64Array(columns * columns)
  for (let row = 0; row < rows; row++) {
    const start = row * columns
    for (let a = 0; a < columns; a++) {
      const value = matrix[start + a]
      for (let b = a; b < columns; b++) products[a * columns + b] += value * matrix[start + b]
    }
  }
  for (let a = 0; a < columns; a++) for (let b = 0; b < a; b++) products[a * columns + b] = products[b * columns + a]
  return products
}

/** Columns of the same span, at right angles and of length 1; directions that hardly are there become zeros. */
function orthonormalize(matrix: Float64Array, rows: number, columns: number): void {
  const { values, vectors } = symmetricEigen(gram(matrix, rows, columns), columns)
  const least = 1e-12 * Math.max(values[0], 0)
  turn(matrix, rows, columns, (a, k) => (values[k] > least ? vectors[a * columns + k] / Math.sqrt(values[k]) : 0))
}

function turn(matrix: Float64Array, rows: number, columns: number, by: (a: number, k: number) => number): void {
  const rotation = Float64Array.from({ length: columns * columns }, (_, at) => by(Math.floor(at / columns), at % columns))
  const turned = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    const start = row * columns
    turned.fill(0)
    for (let a = 0; a < columns; a++) {
      const value = matrix[start + a]
      for (let k = 0; k < columns; k++) turned[k] += value * rotation[a * columns + k]
    }
    matrix.set(turned, start)
  }
}

/** The first axes of what lies in the subspace. */
function principal(scores: Float64Array, size: number, carried: number, kept: number): Points {
  const { vectors } = symmetricEigen(gram(scores, size, carried), carried)
  const values = new Float32Array(size * kept)
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < kept; k++) {
      let sum = 0
      for (let a = 0; a < carried; a++) sum += scores[row * carried + a] * vectors[a * carried + k]
      values[row * kept + k] = sum
    }
  }
  return { values, size, width: kept }
}
