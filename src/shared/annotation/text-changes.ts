/** Many captions changed at once: what is done to each text, and what that comes to. */
import { z } from 'zod'

const words = z.string().min(1).max(500)

export const searchKinds = ['plain', 'word', 'pattern'] as const

/** `pattern`: a JavaScript regular expression; `$1` and the like in its replacement are its groups. */
export const textOperationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('replace'), find: words, replacement: z.string().max(500), by: z.enum(searchKinds), matchCase: z.boolean() }),
  z.object({ kind: z.literal('prefix'), text: words }),
  z.object({ kind: z.literal('suffix'), text: words }),
  z.object({ kind: z.literal('lower-case') }),
  z.object({ kind: z.literal('trim') }),
])
export type TextOperation = z.infer<typeof textOperationSchema>

/** A correction or a draft that an operation would change. */
export interface TextChange {
  imageId: number
  slot: number
  /** The revision that was looked at. */
  revision: number
  fileName: string
  state: 'draft' | 'corrected'
  before: string
  after: string
}

export interface TextChanges {
  changes: TextChange[]
  /** Beyond those that are shown, which is as many as are changed at once. */
  more: number
  /** Captions that would have no words left: they stay. */
  emptied: number
}

/** As many captions are shown and changed at once. */
export const mostTextChanges = 5000

/** What an undo entry calls it. */
export function operationTitle(operation: TextOperation): string {
  switch (operation.kind) {
    case 'replace':
      return operation.replacement === '' ? `Delete “${operation.find}”` : `Replace “${operation.find}” with “${operation.replacement}”`
    case 'prefix':
      return `Put “${operation.text}” before`
    case 'suffix':
      return `Put “${operation.text}” behind`
    case 'lower-case':
      return 'Lower case'
    case 'trim':
      return 'Trim'
  }
}
