/** What a job would do outside of its workspace, in words for the person who is to let it run. */
import { existsSync } from 'node:fs'
import { assertNever } from '#shared/errors.ts'
import type { JobInput } from '#shared/jobs.ts'

const inside = 'It writes into this workspace alone.'

export function effectsOf(input: JobInput): string {
  switch (input.kind) {
    case 'export':
      return `It writes captions to ${input.file}${existsSync(input.file) ? ', in place of the file that is there' : ''}.`
    case 'export-onnx':
      return `It writes a model’s files to ${input.folder}.`
    case 'import': {
      const { source } = input
      const from = 'folder' in source ? source.folder : 'imageRoot' in source ? source.imageRoot : 'file' in source ? source.file : ''
      return from === '' ? inside : `It reads ${from} and writes into this workspace alone.`
    }
    case 'caption':
    case 'score':
    case 'train':
    case 'experiment':
    case 'embed':
      return inside
    default:
      return assertNever(input)
  }
}
