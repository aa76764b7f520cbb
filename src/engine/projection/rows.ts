/** Vectors as a projection reads them, one row at a time, so that they need not all be in memory. */

/** A row: its values, and the columns that they are of; null: of all columns in their order. Whoever reads the next row may overwrite it. */
export interface Row {
  columns: Int32Array | null
  values: Float32Array
}

export interface Rows {
  size: number
  width: number
  read(row: number): Row
}

/** Vectors that lie behind each other, [size, width]. */
export interface Points {
  values: Float32Array
  size: number
  width: number
}

export function rowsOf({ values, size, width }: Points): Rows {
  return { size, width, read: (row) => ({ columns: null, values: values.subarray(row * width, (row + 1) * width) }) }
}

/** Scales every vector to length 1, in place; one of zeros stays. */
export function scaleRows({ values, size, width }: Points): void {
  for (let row = 0; row < size; row++) {
    let squares = 0
    for (let at = row * width; at < (row + 1) * width; at++) squares += values[at] * values[at]
    if (squares === 0) continue
    const scale = 1 / Math.sqrt(squares)
    for (let at = row * width; at < (row + 1) * width; at++) values[at] *= scale
  }
}
