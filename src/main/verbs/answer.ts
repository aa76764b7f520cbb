/** Sends a call to the verb's owner: main's own table or the workspace process. */
import { z } from 'zod'
import { answerWith } from '#shared/answering.ts'
import { findVerb, type VerbName } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import type { Answer } from './ipc.ts'
import { mainVerbs, type VerbParts } from './verbs.ts'

export function answerCalls(parts: VerbParts): Answer {
  const own = mainVerbs(parts)
  return (name, input) => {
    requirePointedAt(name, input, parts.savedAs)
    return findVerb(name)?.owner === 'workspace' ? parts.session.required().host.verb(name, input) : answerWith('main', own, name, input)
  }
}

/** What a verb writes outside of the workspace goes only where the dialog for saving pointed in this run, which asks about what is there. */
function requirePointedAt(name: string, input: unknown, savedAs: ReadonlySet<string>): void {
  if (!Object.hasOwn(writing, name)) return
  const parsed = writing[name as keyof typeof writing].safeParse(input)
  if (!parsed.success) return // the owner refuses it by its own schema
  const [place] = Object.values(parsed.data)
  if (savedAs.has(place)) return
  throw new AppError('not-permitted', `Nobody was asked whether ${place} may be written.`, {
    kept: 'Nothing was written.',
    todo: 'Choose it in the dialog for saving.',
  })
}

const file = z.object({ file: z.string() })
const folder = z.object({ folder: z.string() })
const unpackTo = z.object({ unpackTo: z.string() })
const writing = {
  'exports.start': file,
  'reports.start': file,
  'plots.save': file,
  'training.exportEvents': file,
  'imports.start': unpackTo,
  'scores.exportTable': file,
  'work.export': file,
  'models.exportOnnx': folder,
  'workspace.saveElsewhere': folder,
} as const satisfies Partial<Record<VerbName, typeof file | typeof folder | typeof unpackTo>>
