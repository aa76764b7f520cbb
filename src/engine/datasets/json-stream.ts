/** JSON files of any size, entry by entry: what is not asked for is never held. */
import { basename } from 'node:path'
import { JSONParser } from '@streamparser/json'
import { unusable } from './purpose.ts'
import { deepestNesting, nestingCounter } from '#shared/json.ts'
import { readPieces, type TextReading } from './text-file.ts'

export interface JsonEntry {
  /** The key of the list (or object) at the top that it is in; '' where the file itself is the list. */
  list: string
  key: string | number
  value: unknown
}

/** A step of a file: what its top level is (first), then its entries. */
export type JsonStep = { kind: 'top'; top: 'array' | 'object' | 'other' } | ({ kind: 'entry' } & JsonEntry)

/**
 * The elements of the lists named, and whole values at the top named by `values`, in the order of the file. A file that is a list gives its
 * elements under the name ''. @throws what `readPieces` throws, and AppError `bad-input` for what is not JSON
 */
export async function* readJson(
  file: string,
  { lists, values = [], ...reading }: TextReading & { lists: readonly string[]; values?: readonly string[] },
): AsyncGenerator<JsonStep> {
  let parser: JSONParser | undefined
  let found: JsonEntry[] = []
  const refuse = (cause: unknown): Error =>
    unusable(basename(file), `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, reading.purpose, cause)
  const nesting = nestingCounter()
  for await (const piece of readPieces(file, reading)) {
    nesting.add(piece)
    if (nesting.deepest() > deepestNesting) throw unusable(basename(file), `it is nested more than ${deepestNesting} levels deep`, reading.purpose)
    if (parser === undefined) {
      const first = piece.trimStart().at(0)
      if (first === undefined) continue
      yield { kind: 'top', top: first === '[' ? 'array' : first === '{' ? 'object' : 'other' }
      parser = new JSONParser({
        paths: first === '{' ? [...lists.map((name) => `$.${name}.*`), ...values.map((name) => `$.${name}`)] : ['$.*'],
        keepStack: false,
      })
      parser.onValue = ({ value, key, stack }) => {
        if (stack.length === 2) found.push({ list: String(stack[1].key), key: key ?? '', value })
        else if (stack.length === 1) found.push({ list: '', key: key ?? '', value })
      }
    }
    try {
      parser.write(piece)
    } catch (cause) {
      throw refuse(cause)
    }
    for (const entry of found) yield { kind: 'entry', ...entry }
    found = []
  }
  if (parser === undefined) throw refuse('the file is empty')
  if (parser.isEnded) return
  try {
    parser.end()
  } catch (cause) {
    throw refuse(cause)
  }
}
