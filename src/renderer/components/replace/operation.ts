/** The form of an operation over captions, and the operation that it asks for. It is kept while the window is open. */
import { ref, type Ref } from 'vue'
import type { TextOperation } from '#shared/annotation/text-changes.ts'

export interface OperationForm {
  kind: TextOperation['kind']
  find: string
  replacement: string
  by: Extract<TextOperation, { kind: 'replace' }>['by']
  matchCase: boolean
  text: string
}

const form = ref<OperationForm>({ kind: 'replace', find: '', replacement: '', by: 'plain', matchCase: false, text: '' })

export function useOperation(): Ref<OperationForm> {
  return form
}

/** Null where words are missing. */
export function operationOf({ kind, find, replacement, by, matchCase, text }: OperationForm): TextOperation | null {
  switch (kind) {
    case 'replace':
      return find === '' ? null : { kind, find, replacement, by, matchCase }
    case 'prefix':
    case 'suffix':
      return text === '' ? null : { kind, text }
    case 'lower-case':
    case 'trim':
      return { kind }
  }
}
