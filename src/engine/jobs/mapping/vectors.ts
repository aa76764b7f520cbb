/** What a map is made of. */
import type { Rows } from '#engine/projection/rows.ts'

/** What is mapped: vectors, and the images (rising) that they are of. */
export interface Vectors {
  images: readonly number[]
  rows: Rows
  centred: boolean
  direction: boolean
}
