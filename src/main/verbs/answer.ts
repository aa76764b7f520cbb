/** Sends a call to who owns its verb: main's own table or the workspace process. */
import { AppError } from '#shared/errors.ts'
import type { Answer } from './ipc.ts'
import { mainVerbs } from './verbs.ts'
import type { VerbParts } from './verbs.ts'

type AnyVerb = (input: unknown) => unknown

export function answerCalls(parts: VerbParts): Answer {
  const own = new Map<string, AnyVerb>(Object.entries(mainVerbs(parts)).map(([name, run]) => [name, run as AnyVerb]))
  return async (name, owner, input) => {
    if (owner === 'main') {
      const run = own.get(name)
      if (run === undefined) throw new AppError('internal', `Nobody answers "${name}".`)
      return run(input)
    }
    const { host, runner } = parts.session.required()
    const value = await host.verb(name, input)
    if (name.endsWith('.start')) runner.wake() // a job was queued
    return value
  }
}
