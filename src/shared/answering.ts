/** How the owner of a verb answers it: the input checked once against the contract, then the function of that name. */
import { findVerb, type Answers, type Owner } from './api.ts'
import { AppError } from './errors.ts'

/**
 * Answers a verb by its name.
 * @throws AppError `bad-input` for a verb that is not the owner's, or an input that its schema refuses
 */
export async function answerWith<Of extends Owner>(owner: Of, answers: Answers<Of>, name: string, input: unknown): Promise<unknown> {
  const verb = findVerb(name)
  if (verb?.owner !== owner) throw new AppError('bad-input', `There is no verb “${name}”.`, { kept: 'Nothing was changed.' })
  const parsed = verb.input.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new AppError('bad-input', `${name}: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'is not valid'}.`, {
      kept: 'Nothing was changed.',
      cause: parsed.error,
    })
  }
  // The type of `answers` has a function for each verb of the owner; the schema of the same name has just made its input.
  const run = (answers as Record<string, (value: unknown) => unknown>)[name]
  return await run?.(parsed.data)
}
