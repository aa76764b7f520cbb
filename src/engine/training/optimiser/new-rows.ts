/** Where biases alone learn, words that joined the vocabulary still need rows of their own: of the word tables only those rows learn. */
import type { Captioner, ParameterSpec } from '#engine/captioners/captioner.ts'
import type { ParameterStore } from './parameter-store.ts'

/** Word ids first..end−1. */
export interface WordRows {
  readonly first: number
  readonly end: number
}

/** Word tables that are matrices: their vectors are among the biases. */
export function isWordMatrix({ wordTables }: Pick<Captioner, 'wordTables'>, { name, shape }: Pick<ParameterSpec, 'name' | 'shape'>): boolean {
  return shape.length === 2 && wordTables.all.includes(name)
}

/** Takes the gradients of all other rows out, before they are clipped: AdamW without weight decay then leaves those rows as they are. */
export function onlyRows(
  captioner: Pick<Captioner, 'wordTables'>,
  { specs, gradients }: Pick<ParameterStore, 'specs' | 'gradients'>,
  { first, end }: WordRows,
): void {
  for (const spec of specs.filter((each) => isWordMatrix(captioner, each))) {
    const width = spec.shape[1]
    const values = gradients.get(spec.name)
    values?.fill(0, 0, first * width)
    values?.fill(0, end * width)
  }
}
