import { assertNever } from '#shared/errors.ts'
import type { ChosenWord } from '#shared/looking/looking.ts'

/** A captioner's word as people read it. */
export function titleOfWord({ kind, word }: ChosenWord): string {
  switch (kind) {
    case 'word':
      return word
    case 'end':
      return '(end of the caption)'
    case 'unknown':
      return '(a word it does not know)'
    default:
      return assertNever(kind)
  }
}
