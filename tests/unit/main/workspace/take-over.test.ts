import { expect, test } from 'vitest'
import { AppError } from '#shared/errors.ts'
import { takeOver, type TakeOver } from '../../../../src/main/workspace/take-over.ts'

const damaged = new AppError('corrupt', 'The database of the workspace /b is damaged.', { kept: 'It was not changed.', todo: 'Restore a backup.' })
const fails = (error: Error) => (): Promise<never> => Promise.reject(error)

/** A change from the workspace of /a to that of /b, and what it did one after the other. */
function change(given: Partial<TakeOver<string>>): { steps: string[]; result: Promise<string> } {
  const steps: string[] = []
  const result = takeOver({
    former: { folder: '/a', name: 'Zoo' },
    folder: '/b',
    close: () => Promise.resolve(void steps.push('close')),
    open: () => Promise.resolve('b'),
    reopen: (folder) => Promise.resolve(steps.push(`reopen ${folder}`)),
    ...given,
  })
  return { steps, result }
}

test('a workspace takes the place of another', async () => {
  const { steps, result } = change({})
  expect(await result).toBe('b')
  expect(steps).toEqual(['close'])
})

test('where it does not open the former one is opened again, and the error says so', async () => {
  const { steps, result } = change({ open: fails(damaged) })
  await expect(result).rejects.toMatchObject({
    code: 'corrupt',
    message: damaged.message,
    kept: 'It was not changed. The workspace “Zoo” is open again.',
    todo: 'Restore a backup.',
    cause: damaged,
  })
  expect(steps).toEqual(['close', 'reopen /a'])
})

test('where the former one does not open either the error says both', async () => {
  const gone = new AppError('not-found', 'There is no workspace in /a.', { todo: 'Choose a workspace folder.' })
  await expect(change({ open: fails(damaged), reopen: fails(gone) }).result).rejects.toMatchObject({
    code: 'corrupt',
    kept: 'It was not changed.',
    todo: 'Restore a backup. The workspace “Zoo” could not be opened again either: There is no workspace in /a. Choose a workspace folder.',
  })
})

test('where there was none, or it is the same one, the error is as it came', async () => {
  for (const former of [undefined, { folder: '/b', name: 'Farm' }]) {
    const { steps, result } = change({ former, open: fails(damaged) })
    await expect(result).rejects.toBe(damaged)
    expect(steps).toEqual(['close'])
  }
})
