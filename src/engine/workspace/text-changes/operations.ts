/** What is done to each text. A regular expression of a person's runs under a deadline: one that never ends is stopped, and says so. */
import vm from 'node:vm'
import type { TextOperation } from '#shared/annotation/text-changes.ts'
import { AppError } from '#shared/errors.ts'
import { tidyCaption } from '#shared/review.ts'

/** Gives each text as it would be. @throws AppError `bad-input` for an expression that is none, or takes too long */
export type TextChanger = (texts: readonly string[]) => string[]

/** Milliseconds for one batch of texts; what is usual takes one. Saves wait no longer than this. */
const deadline = 250
/** UTF-16 units: no caption is longer. */
const longest = 100_000

export function textChanger(operation: TextOperation): TextChanger {
  switch (operation.kind) {
    case 'prefix':
      return each((text) => (text.startsWith(operation.text) ? text : operation.text + text))
    case 'suffix':
      return each((text) => (text.endsWith(operation.text) ? text : text + operation.text))
    case 'lower-case':
      return each((text) => text.toLowerCase())
    case 'trim':
      return each(tidyCaption)
    case 'replace':
      return replacer(operation)
  }
}

const each =
  (change: (text: string) => string): TextChanger =>
  (texts) =>
    texts.map(change)

function replacer({ find, replacement, by, matchCase }: Extract<TextOperation, { kind: 'replace' }>): TextChanger {
  const flags = matchCase ? 'gu' : 'giu'
  if (by === 'pattern') return patternReplacer(find, flags, replacement)
  const literal = find.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`)
  const expression = new RegExp(by === 'word' ? String.raw`(?<![\p{L}\p{N}_])${literal}(?![\p{L}\p{N}_])` : literal, flags)
  return each((text) => text.replace(expression, () => replacement))
}

const script = new vm.Script(`{
  const expression = new RegExp(pattern, flags)
  JSON.stringify(
    JSON.parse(texts).map((text) => {
      const changed = text.replace(expression, replacement)
      if (changed.length > longest) throw new RangeError('too long')
      return changed
    }),
  )
}`)

function patternReplacer(pattern: string, flags: string, replacement: string): TextChanger {
  const bad = (happened: string, todo: string): AppError => new AppError('bad-input', happened, { kept: 'Nothing was changed.', todo })
  return (texts) => {
    const given = vm.createContext({ pattern, flags, replacement, longest, texts: JSON.stringify(texts) })
    try {
      return JSON.parse(String(script.runInContext(given, { timeout: deadline }))) as string[]
    } catch (error) {
      const { name, message, code } = error as Error & { code?: unknown }
      if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw bad('The expression took too long and was stopped.', 'Write it so that no part of it can match the same words in many ways, such as (a+)+.')
      if (name === 'SyntaxError')
        throw bad(`That is no regular expression: ${message.replace(/^Invalid regular expression: /u, '')}.`, 'Correct it, or search for plain words.')
      if (name === 'RangeError') throw bad('A caption would be longer than 100,000 letters.', 'Make the replacement shorter.')
      throw error
    }
  }
}
