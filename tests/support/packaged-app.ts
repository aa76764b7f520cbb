/**
 * The packaged app, driven through its window alone: its fuses shut the inspector that Playwright's own launcher needs, so it is started as a
 * user would, with Chromium's debugging port, and the page is joined over that.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { z } from 'zod'
import { electronFlags } from '../../scripts/electron/launch.ts'
import { artifactFolder } from '../../scripts/paths.ts'

export interface PackagedApp {
  window: Page
  /** What the processes wrote so far. */
  output(): string
  screenshot(name: string): Promise<void>
  /** Asks the app to quit and resolves with its exit code. */
  close(): Promise<number | null>
}

const longestStart = 120_000 // milliseconds

/** Starts the executable with its own folder for settings; `flags` and `environment` come on top of what this machine needs. */
export async function startPackagedApp(
  executable: string,
  userFolder: string,
  { flags = [], environment = {} }: { flags?: string[]; environment?: Record<string, string> } = {},
): Promise<PackagedApp> {
  // the binding that a project folder needs under an old Electron is packed already
  const { CAPSTAN_SQLITE_BINDING: _projectOnly, ...machine } = process.env
  const child = spawn(executable, [...electronFlags(), '--remote-debugging-port=0', ...flags], {
    env: { ...machine, CAPSTAN_USER_DATA: userFolder, CAPSTAN_UNATTENDED: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const joinWindow = async (): Promise<{ browser: Browser; window: Page }> => {
    const address = await debuggingAddress(child, (text) => (output += text))
    await pageOpened(address)
    const browser = await chromium.connectOverCDP(address, { timeout: longestStart })
    const [context] = browser.contexts()
    const [window] = context.pages()
    window.setDefaultTimeout(longestStart)
    await window.waitForLoadState('domcontentloaded')
    return { browser, window }
  }
  const { browser, window } = await joinWindow().catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(`The packaged app did not start: ${output}`, { cause: error })
  })
  return {
    window,
    output: () => output,
    screenshot: async (name) => {
      await mkdir(artifactFolder, { recursive: true })
      await window.screenshot({ path: join(artifactFolder, `${name}.png`) })
    },
    close: async () => {
      await browser.close()
      child.kill('SIGTERM')
      return exited
    },
  }
}

/** Chromium writes the address once it listens. */
function debuggingAddress(child: ChildProcess, keep: (text: string) => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It said no address to join it at.')), longestStart)
    const read = (chunk: Buffer): void => {
      const address = /DevTools listening on (ws:\S+)/.exec(keep(chunk.toString()))?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('error', reject)
    child.on('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`It ended with ${code ?? 'a signal'}.`))
    })
  })
}

const targetsSchema = z.array(z.object({ type: z.string(), url: z.string(), title: z.string() }))

/** Joining while the window is being made hangs: Chromium lists the page, with its title, once that is over. */
async function pageOpened(address: string): Promise<void> {
  const list = `http://${new URL(address).host}/json/list`
  const until = Date.now() + longestStart
  while (Date.now() < until) {
    const targets = targetsSchema.parse(await (await fetch(list)).json())
    if (targets.some(({ type, title }) => type === 'page' && title === 'Capstan')) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('It opened no page.')
}
