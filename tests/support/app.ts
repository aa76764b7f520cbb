/** The real app under Playwright, started as `npm start` does: same flags, same security, its own folder for settings. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright-core'
import type { ElectronApplication, Page } from 'playwright-core'
import { ensureBuilt } from '../../scripts/build.ts'
import { prepareElectron } from '../../scripts/ensure-electron.ts'
import { electronEnvironment, electronFlags } from '../../scripts/launch.ts'
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
export async function startApp(userFolder: string): Promise<RunningApp> {
  const { executable, environment } = await prepared()
  const app = await _electron.launch({
    executablePath: executable,
    args: [...electronFlags(), projectFolder],
    env: { ...definedEnvironment(), ...environment, CAPSTAN_USER_DATA: userFolder, CAPSTAN_UNATTENDED: '1' },
    timeout: 60_000,
  })
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
async function prepared(): Promise<{ executable: string; environment: Record<string, string> }> {
  const executable = process.env['CAPSTAN_ELECTRON']
  if (executable !== undefined && existsSync(executable)) return { executable, environment: {} }
  const electron = await prepareElectron()
  await ensureBuilt()
  return { executable: electron.executable, environment: electronEnvironment(electron) }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
