import { expect, test } from 'vitest'
import { answerWith } from '#shared/answering.ts'
import type { Answers } from '#shared/api.ts'

const answers = new Proxy({} as Answers<'workspace'>, { get: () => (input: unknown) => input })
const answer = (name: string, input: unknown): Promise<unknown> => answerWith('workspace', answers, name, input)

test('an input is checked once and gets its defaults', async () => {
  const source = { kind: 'folder', folder: '/photos' }
  expect(await answer('imports.start', source)).toEqual({ ...source, split: 'none' })
})

test('an input that the contract refuses is told with its place', async () => {
  await expect(answer('images.get', { imageId: -1 })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('images.get: imageId: ') as string,
    kept: 'Nothing was changed.',
  })
})

test('a verb of another owner, and one that is in no contract, is refused', async () => {
  for (const name of ['app.info', 'images.nothing', 'constructor.name', 'nothing', ''])
    await expect(answer(name, undefined)).rejects.toMatchObject({ code: 'bad-input', message: `There is no verb “${name}”.` })
})
