/** The first start measures what can run the models: where only the CPU is there, one sentence says so, nothing is proposed, and it is not asked again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, startApp, type RunningApp } from '../support/app.ts'
import { look } from '../support/look.ts'

describe('what runs the models', () => {
  let running: RunningApp
  let folder: string
  const choice = async () => (await callVerb(running.window, 'settings.get')).providerChoice

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-choice-'))
    running = await startApp(join(folder, 'user'))
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('is measured at the first start, and said in one sentence', async () => {
    await expect.poll(choice, { timeout: 300_000 }).not.toBeNull()
    const found = await choice()
    await running.window.getByText(found?.says ?? '', { exact: true }).waitFor()
    const others = found?.measured.filter(({ provider, device }) => provider !== 'cpu' && device !== '') ?? []
    if (others.length > 0) return // a machine with an accelerator: what is proposed is its own matter
    expect(found).toMatchObject({ says: 'Only the CPU runs models on this machine.', proposal: null })
    expect(await running.window.getByRole('button', { name: /^Use / }).count()).toBe(0)
    expect(found?.measured.slice(1).every(({ reason }) => reason !== null && reason !== '')).toBe(true)
    await look(running, 'provider-choice-welcome')
  }, 400_000)

  test('is not measured again at the next start, but when Settings are asked to', async () => {
    const before = await choice()
    await running.close()
    running = await startApp(join(folder, 'user'))
    await running.window.getByText(before?.says ?? '', { exact: true }).waitFor()
    expect(await choice()).toEqual(before)
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Trial' })
    await running.window.getByRole('link', { name: /not run yet|Provider/ }).click()
    await running.window.getByRole('button', { name: 'Measure what is here' }).click()
    await expect.poll(async () => (await choice())?.at, { timeout: 300_000 }).not.toBe(before?.at)
    await running.window.getByText('What was measured', { exact: false }).click()
    await running.window.getByText('CUDA', { exact: false }).last().waitFor()
    await look(running, 'provider-choice-settings')
  }, 400_000)

  test('nothing is taken that was not proposed, and cancelling what does not run does nothing', async () => {
    if ((await choice())?.proposal == null)
      await expect(callVerb(running.window, 'providers.answerChoice', { take: true })).rejects.toThrow('No provider is proposed.')
    expect(await callVerb(running.window, 'providers.cancelChoice')).toBeNull()
    expect((await callVerb(running.window, 'settings.get')).provider).toBe('cpu')
  })
})
