/** The log: where it is, what is in it, and how an error gets from the window into a report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callVerb, startApp, type RunningApp } from '../support/app.ts'

let folder: string
let running: RunningApp

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-log-'))
  running = await startApp(folder)
})

afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const log = (): Promise<string> => readFile(join(folder, 'logs', 'capstan.log'), 'utf8')

test('lies in the person’s folder, and Settings say where', async () => {
  const { window } = running
  const { logFile, version } = await callVerb(window, 'app.info')
  expect(logFile).toBe(join(folder, 'logs', 'capstan.log'))
  await window.getByRole('heading', { name: 'Capstan' }).waitFor()
  await window.keyboard.press('Control+Shift+2') // the welcome page has no list of views
  await window.getByText(logFile).waitFor()
  expect(await log()).toContain(`info main: Capstan ${version} starts`)
})

test('an error of the page is shown, noted in the log, and its details are copied', async () => {
  const { window, app } = running
  await window.evaluate(() => void Promise.reject(new Error('A defect of the page.')))
  await window.getByText('A defect of the page.', { exact: true }).waitFor()
  await window.getByRole('button', { name: 'Copy details' }).click()
  await window.getByRole('button', { name: 'Copied' }).waitFor()
  const copied = await app.evaluate(({ clipboard }) => clipboard.readText())
  expect(copied).toMatch(/^internal: A defect of the page\. Please report this\.\nError: A defect of the page\.\n/)
  expect(copied).toContain(join(folder, 'logs', 'capstan.log'))
  await expect.poll(log).toMatch(/error main: Defect in the window, a promise: Error: A defect of the page\.\n/)
})

test('an error that main refuses with is told as before, without a stack', async () => {
  const error = await callVerb(running.window, 'workspace.open', { folder: join(folder, 'nowhere') }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'not-found', details: undefined })
})

test('a verb that takes half a second and more is noted with its time, and nothing of what it was asked', async () => {
  const { window, app } = running
  await callVerb(window, 'workspace.create', { folder: join(folder, 'slow'), name: 'Slow' })
  const workspace = await app.evaluate(({ app: electron }) => electron.getAppMetrics().find(({ name }) => name === 'Capstan workspace')?.pid)
  expect(workspace).toBeTypeOf('number')
  process.kill(workspace!, 'SIGSTOP')
  const answer = callVerb(window, 'library.ids', { filter: { text: 'zebra' }, sort: {} })
  await new Promise((resolve) => setTimeout(resolve, 3000)) // it is to be slow, however late it arrives
  process.kill(workspace!, 'SIGCONT')
  expect(await answer).toEqual([])
  await expect.poll(log).toMatch(/ info main: slow, \d{3,} ms: verb library\.ids\n/)
  expect(await log()).not.toContain('zebra')
})
