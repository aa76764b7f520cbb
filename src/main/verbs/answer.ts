/** Sends a call to the verb's owner: main's own table or the workspace process. */
import { z } from 'zod'
import { answerWith } from '#shared/answering.ts'
import { findVerb } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import type { Answer } from './ipc.ts'
import { mainVerbs, type VerbParts } from './verbs.ts'

export function answerCalls(parts: VerbParts): Answer {
  const own = mainVerbs(parts)
  return (name, input) => {
    requireAsked(name, input, parts.savedAs)
    return findVerb(name)?.owner === 'workspace' ? parts.session.required().host.verb(name, input) : answerWith('main', own, name, input)
  }
}

/** Over a file that is there goes only what the dialog for saving has asked about in this run. */
function requireAsked(name: string, input: unknown, savedAs: ReadonlySet<string>): void {
  const parsed = replacingSchema.safeParse(input)
  if (!parsed.success || findVerb(name) === undefined || savedAs.has(parsed.data.file)) return
  throw new AppError('not-permitted', `Nobody was asked whether ${parsed.data.file} may be replaced.`, {
    kept: 'It was not changed.',
    todo: 'Choose it in the dialog for saving.',
  })
}

const replacingSchema = z.object({ replace: z.literal(true), file: z.string() })
