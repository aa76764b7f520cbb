import { gather, multiply } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Value } from '../graph/types.ts'

/** Rows of the table [words, width], scaled by √width: the Transformer's input embedding. */
export function scaledEmbedding(table: Value, tokens: Value): Value {
  return multiply(gather(table, tokens), Math.sqrt(staticDimension(table.shape[1])))
}

/**
 * The sinusoid position table, row-major [length, width]: sin(p·10000^(−2i/width)) in column 2i, the cosine in column 2i + 1
 * (Vaswani et al. 2017, §3.5).
 */
export function sinusoidPositions(length: number, width: number): Float32Array {
  const table = new Float32Array(length * width)
  for (let position = 0; position < length; position++)
    for (let column = 0; column < width; column++) {
      const angle = position * Math.exp((-Math.log(10000) * (column - (column % 2))) / width)
      table[position * width + column] = column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }
  return table
}
