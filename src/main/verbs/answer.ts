/** Sends a call to the verb's owner: main's own table or the workspace process. */
import { answerWith } from '#shared/answering.ts'
import { findVerb } from '#shared/api.ts'
import type { Answer } from './ipc.ts'
import { mainVerbs, type VerbParts } from './verbs.ts'

export function answerCalls(parts: VerbParts): Answer {
  const own = mainVerbs(parts)
  return (name, input) => (findVerb(name)?.owner === 'workspace' ? parts.session.required().host.verb(name, input) : answerWith('main', own, name, input))
}
