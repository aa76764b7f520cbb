/** `--provider` of the command line. */
import { AppError } from '#shared/errors.ts'
import { providers, type Provider } from '#shared/domain.ts'

/** Throws AppError `bad-input` naming the providers there are. */
export function parseProvider(text: string): Provider {
  const provider = providers.find((name) => name === text)
  if (provider !== undefined) return provider
  throw new AppError('bad-input', `There is no execution provider “${text}”.`, { todo: `Give one of ${providers.join(', ')}.` })
}
