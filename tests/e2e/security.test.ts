import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

describe('the window', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-security-'))
    running = await startApp(folder)
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('shows the page from the app’s own scheme', async () => {
    expect(running.window.url()).toMatch(/^capstan:\/\/app\/index\.html/)
    await running.window.waitForFunction(() => document.body.innerText.length > 0)
    await running.screenshot('first-window')
  })

  test('has no Node in the page, only the bridge', async () => {
    const found = await running.window.evaluate(() => ({
      require: typeof Reflect.get(globalThis, 'require'),
      process: typeof Reflect.get(globalThis, 'process'),
      bridge: Object.keys(Reflect.get(globalThis, 'capstan') as object).sort(),
    }))
    expect(found).toEqual({ require: 'undefined', process: 'undefined', bridge: ['call', 'on', 'pathOf'] })
  })

  test('isolates and sandboxes the page', async () => {
    const preferences = await running.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0].webContents
      const read = Reflect.get(contents, 'getLastWebPreferences') as (this: unknown) => Electron.WebPreferences
      const { contextIsolation, sandbox, nodeIntegration, webSecurity } = read.call(contents)
      return { isolation: contextIsolation, sandbox, node: nodeIntegration, security: webSecurity }
    })
    expect(preferences).toEqual({ isolation: true, sandbox: true, node: false, security: true })
  })

  test('refuses requests to the network and counts them', async () => {
    const before = await networkRequests(running)
    const refused = await running.app.evaluate(async ({ net }) => {
      const outcomes = await Promise.allSettled([net.fetch('http://127.0.0.1:9/'), net.fetch('https://example.org/')])
      return outcomes.map((outcome) => outcome.status)
    })
    expect(refused).toEqual(['rejected', 'rejected'])
    expect(await networkRequests(running)).toBe(before + 2)
  })

  test('the page’s policy lets it reach nothing but itself, and what it refused is counted', async () => {
    const before = await networkRequests(running)
    const outcomes = await running.window.evaluate(async () => {
      const attempt = (work: () => Promise<unknown>): Promise<string> =>
        work().then(
          () => 'allowed',
          () => 'refused',
        )
      return [await attempt(() => fetch('http://127.0.0.1:9/')), await attempt(() => fetch('capstan://app/index.html'))]
    })
    expect(outcomes).toEqual(['refused', 'refused'])
    await expect.poll(() => networkRequests(running)).toBe(before + 1) // the other one is no request to the network
    const evaluated = await running.window.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.injected = true'
      document.head.append(script)
      script.remove()
      return Reflect.get(globalThis, 'injected') === true
    })
    expect(evaluated).toBe(false)
  })

  test('opens no other window and goes nowhere', async () => {
    const address = running.window.url()
    const opened = await running.window.evaluate(() => window.open('capstan://app/index.html') !== null)
    expect(opened).toBe(false)
    await running.window.evaluate(() => {
      location.href = 'https://example.org/'
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(running.window.url()).toBe(address)
    expect(running.app.windows()).toHaveLength(1)
  })

  test('refuses the web’s permissions', async () => {
    const state = await running.window.evaluate(async () => {
      const answer = await navigator.permissions.query({ name: 'geolocation' })
      return answer.state
    })
    expect(state).toBe('denied')
  })

  test('answers no verb outside the contract and no input outside its schema', async () => {
    const outcomes = await running.window.evaluate(async () => {
      const bridge = Reflect.get(globalThis, 'capstan') as { call(name: string, input?: unknown): Promise<{ ok: boolean; error?: { code: string } }> }
      const unknown = await bridge.call('app.quit').then(
        () => 'answered',
        () => 'refused',
      )
      const wrong = await bridge.call('workspace.open', { folder: 7 })
      return { unknown, wrong: wrong.error?.code }
    })
    expect(outcomes).toEqual({ unknown: 'refused', wrong: 'bad-input' })
  })

  test('serves images by id only, and pages only from its own folder', async () => {
    const statuses = await running.app.evaluate(async ({ net }) => {
      const addresses = [
        'capstan-image://image/..%2f..%2fetc%2fpasswd',
        'capstan-image://image/1',
        'capstan-image://image/1/..%2f1',
        'capstan://app/..%2f..%2fpackage.json',
      ]
      const answers = await Promise.all(addresses.map((address) => net.fetch(address)))
      return answers.map((answer) => answer.ok)
    })
    expect(statuses).toEqual([false, false, false, false])
  })
})

async function networkRequests({ window }: RunningApp): Promise<number> {
  const reply: unknown = await window.evaluate(() => (Reflect.get(globalThis, 'capstan') as { call(name: string): Promise<unknown> }).call('app.info'))
  return (reply as { value: { networkRequests: number } }).value.networkRequests
}
