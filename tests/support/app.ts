/** The real app under Playwright, started as `npm start` does: same flags, same security, its own folder for settings. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, errors } from 'playwright-core'
import type { ElectronApplication, Page } from 'playwright-core'
import type { Reply, VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import type { Job } from '#shared/jobs.ts'
import { fromReport } from '#shared/errors.ts'
import { unpackIds } from '#shared/packing.ts'
import { ensureBuilt } from '../../scripts/build.ts'
import { prepareElectron } from '../../scripts/electron/ensure-electron.ts'
import { electronEnvironment, electronFlags } from '../../scripts/electron/launch.ts'
import { artifactFolder, projectFolder } from '../../scripts/paths.ts'

export interface RunningApp {
  app: ElectronApplication
  window: Page
  /** Messages of the page's console and its errors, as they came. */
  messages: string[]
  /** The main process's id, for tests that kill it. */
  pid: number
  /** Saves what the window shows as `test-artifacts/<name>.png`. */
  screenshot(name: string): Promise<void>
  close(): Promise<void>
}

/** Starts the app with this folder for settings and recent workspaces, and waits for its window. */
export async function startApp(userFolder: string, furtherFlags: readonly string[] = []): Promise<RunningApp> {
  const app = await launch(userFolder, furtherFlags)
  const messages: string[] = []
  const window = await app.firstWindow()
  window.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`))
  window.on('pageerror', (error) => messages.push(`pageerror: ${error.message}`))
  await window.waitForLoadState('domcontentloaded')
  return {
    app,
    window,
    messages,
    pid: app.process().pid ?? 0,
    screenshot: async (name) => {
      await mkdir(artifactFolder, { recursive: true })
      await window.screenshot({ path: join(artifactFolder, `${name}.png`) })
    },
    close: () => app.close(),
  }
}

/** How long the app may take until Playwright has hold of it, and how often that is tried. */
const launchTimeout = 20_000
const launches = 4

/**
 * Playwright that attaches while the window's first navigation is being committed waits for an event that has passed (the page is
 * there and works): such a launch is given up and tried again.
 */
async function launch(userFolder: string, furtherFlags: readonly string[]): Promise<ElectronApplication> {
  const { executable, environment } = await preparedApp()
  for (let attempt = 1; ; attempt++) {
    try {
      return await _electron.launch({
        executablePath: executable,
        args: [...electronFlags(), ...furtherFlags, projectFolder],
        env: { ...definedEnvironment(), ...environment, CAPSTAN_USER_DATA: userFolder, CAPSTAN_UNATTENDED: '1' },
        timeout: launchTimeout,
      })
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || attempt === launches) throw error
      console.warn(`The app's launch ${attempt} was given up after ${launchTimeout / 1000} s and is tried again.`)
    }
  }
}

/** A fresh folder that is removed after `use`. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** `npm test` has prepared everything and says so in the environment; a test run by hand prepares it itself. */
export async function preparedApp(): Promise<{ executable: string; environment: Record<string, string> }> {
  const executable = process.env['CAPSTAN_ELECTRON']
  if (executable !== undefined && existsSync(executable)) return { executable, environment: {} }
  const electron = await prepareElectron()
  await ensureBuilt()
  return { executable: electron.executable, environment: electronEnvironment(electron) }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Opens the sample from the welcome page; its photos are in sight. */
export async function openSample({ window }: RunningApp): Promise<void> {
  await window.getByRole('button', { name: 'Open the sample' }).click()
  await window.locator('[role=option] img').first().waitFor()
}

/** Calls a verb through the page's bridge. Throws the AppError that came back. */
export async function callVerb<Name extends VerbName>(window: Page, name: Name, input?: VerbInput<Name>): Promise<VerbResult<Name>> {
  const reply = await window.evaluate(
    ([verb, value]) => {
      const bridge = Reflect.get(globalThis, 'capstan') as { call(name: string, input?: unknown): Promise<unknown> }
      return bridge.call(verb, value)
    },
    [name, input] as const,
  )
  const answer = reply as Reply<VerbResult<Name>>
  if (answer.ok) return unpackIds(answer.value) as VerbResult<Name>
  throw fromReport(answer.error)
}

/** Waits until a job has ended; a job that failed is an error. */
export async function finished(window: Page, jobId: number): Promise<Job> {
  for (;;) {
    const job = (await callVerb(window, 'jobs.list')).find(({ id }) => id === jobId)
    if (job === undefined) throw new Error(`There is no job ${jobId}.`)
    if (job.state === 'done') return job
    if (job.state === 'failed' || job.state === 'cancelled')
      throw new Error(`The job ${job.title} ended as ${job.state}: ${job.error?.happened ?? job.message}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
