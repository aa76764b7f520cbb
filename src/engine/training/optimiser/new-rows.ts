/** Where biases alone learn, words that joined the vocabulary still need rows of their own: of the word tables only those rows learn. */
import type { ParameterSpec } from '#engine/captioners/captioner.ts'
import { wordTables } from '../data/grow-vocabulary.ts'
import type { ParameterStore } from './parameter-store.ts'

/** Word ids first..end−1. */
export interface WordRows {
  readonly first: number
  readonly end: number
}

export function isWordTable({ name, shape }: Pick<ParameterSpec, 'name' | 'shape'>): boolean {
  return shape.length === 2 && wordTables.includes(name)
}

/** Takes the gradients of all other rows out, before they are clipped: AdamW without weight decay then leaves those rows as they are. */
export function onlyRows({ specs, gradients }: Pick<ParameterStore, 'specs' | 'gradients'>, { first, end }: WordRows): void {
  for (const spec of specs.filter(isWordTable)) {
    const width = spec.shape[1]
    const values = gradients.get(spec.name)
    values?.fill(0, 0, first * width)
    values?.fill(0, end * width)
  }
}
