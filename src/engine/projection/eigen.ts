/** Eigenvectors of small symmetric matrices by Jacobi's rotations (Golub & Van Loan, §8.5). */

export interface Eigen {
  /** falling */
  values: Float64Array
  /** [size, size] row-major; column k belongs to value k */
  vectors: Float64Array
}

const mostSweeps = 60

/** `matrix`: [size, size] row-major, symmetric; it is overwritten. */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const vectors = new Float64Array(size * size)
  for (let at = 0; at < size; at++) vectors[at * size + at] = 1
  const scale = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let off = 0
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off = Math.max(off, Math.abs(matrix[p * size + q]))
    if (off <= 1e-15 * scale) break
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(matrix, vectors, size, p, q)
  }
  const order = Array.from({ length: size }, (_, at) => at).sort((a, b) => matrix[b * size + b] - matrix[a * size + a] || a - b)
  const sorted = new Float64Array(size * size)
  for (let row = 0; row < size; row++) for (let k = 0; k < size; k++) sorted[row * size + k] = vectors[row * size + order[k]]
  return { values: Float64Array.from(order, (at) => matrix[at * size + at]), vectors: sorted }
}

/** Makes the entry at (p, q) zero. */
function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const entry = matrix[p * size + q]
  if (entry === 0) return
  const theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * entry)
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  for (let k = 0; k < size; k++) {
    const [a, b] = [matrix[k * size + p], matrix[k * size + q]]
    matrix[k * size + p] = cosine * a - sine * b
    matrix[k * size + q] = sine * a + cosine * b
  }
  for (let k = 0; k < size; k++) {
    const [a, b] = [matrix[p * size + k], matrix[q * size + k]]
    matrix[p * size + k] = cosine * a - sine * b
    matrix[q * size + k] = sine * a + cosine * b
    const [c, d] = [vectors[k * size + p], vectors[k * size + q]]
    vectors[k * size + p] = cosine * c - sine * d
    vectors[k * size + q] = sine * c + cosine * d
  }
}
