import { expect, test } from 'vitest'
import { testWorkspace } from '../../../support/workspace.ts'

test('guidelines start empty, are versioned, and every version stays', async () => {
  const { call, reader, events } = await testWorkspace()
  expect(await call('guidelines.get')).toEqual({ version: 0, text: '', author: '', createdAt: null })
  const first = await call('guidelines.save', { text: '# One', expectedVersion: 0 })
  expect(first).toMatchObject({ version: 1, text: '# One', author: 'Ada' })
  expect(events).toContainEqual({ kind: 'changed', what: ['guidelines'] })
  // It is on disk when the answer comes: another connection sees it.
  expect(reader.prepare('SELECT text FROM guidelines').pluck().all()).toEqual(['# One'])
  await call('guidelines.save', { text: '# Two', expectedVersion: 1 })
  await call('guidelines.save', { text: '# Two', expectedVersion: 2 })
  expect((await call('guidelines.history')).map(({ version, text }) => [version, text])).toEqual([
    [2, '# Two'],
    [1, '# One'],
  ])
})

test('guidelines that were changed meanwhile are not overwritten', async () => {
  const { call } = await testWorkspace()
  await call('guidelines.save', { text: 'theirs', expectedVersion: 0 })
  await expect(call('guidelines.save', { text: 'mine', expectedVersion: 0 })).rejects.toMatchObject({ code: 'conflict' })
  expect(await call('guidelines.get')).toMatchObject({ version: 1, text: 'theirs' })
})
