import { afterEach, expect, test, vi } from 'vitest'
import { AppError } from '#shared/errors.ts'
import { action, saysItself } from '../../../src/cli/action.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** Runs a command whose work gives up at Ctrl+C with this error; resolves to what standard error was told. */
async function interrupted(kept: Parameters<typeof action>[0], error: (signal: AbortSignal) => Error): Promise<string> {
  let told = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (told += String(text)) !== '')
  const run = action(
    kept,
    (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(error(signal)))
        process.emit('SIGINT')
      }),
  )
  await run()
  expect(process.exitCode).toBe(130)
  return told
}

test('a cancelled command says what of it is kept, whatever a part of it said of itself', async () => {
  const ofPart = (): AppError => new AppError('cancelled', 'Captioning was cancelled.', { kept: 'The captions written so far are kept.' })
  const told = await interrupted('Nothing was written.', ofPart)
  expect(told).toContain('Captioning was cancelled. Nothing was written.')
  expect(told).not.toContain('so far')
  expect(await interrupted('Nothing was written.', (signal) => signal.reason as Error)).toContain('The work was cancelled. Nothing was written.')
  expect(await interrupted(saysItself, ofPart)).toContain('The captions written so far are kept.')
})
