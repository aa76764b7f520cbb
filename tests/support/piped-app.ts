/**
 * An app driven through two pipes it inherits instead of a port: nobody else on the machine can reach them, and they lead into a network of
 * its own, too. A relay on this side lets Playwright join.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { artifactFolder } from '../../scripts/paths.ts'

export interface PipedApp {
  window: Page
  pid: number
  /** What the processes wrote so far. */
  output(): string
  screenshot(name: string): Promise<void>
  /** Asks the app to quit and resolves with its exit code. */
  close(): Promise<number | null>
}

const longestStart = 120_000 // milliseconds

/** Starts a command whose last program is Electron, and waits for its window. `--remote-debugging-pipe` must be among its words. */
export async function startPipedApp([program, ...words]: string[], environment: NodeJS.ProcessEnv): Promise<PipedApp> {
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const joinWindow = async (): Promise<{ window: Page; leave: () => Promise<void> }> => {
    const pipe = messagesOf(child)
    await Promise.race([pageOpened(pipe), exited.then((code) => Promise.reject(new Error(`It ended with ${code ?? 'a signal'}.`)))])
    const relay = await openRelay(pipe)
    const browser = await chromium.connectOverCDP(relay.address, { timeout: longestStart })
    const [context] = browser.contexts()
    const [window] = context.pages()
    window.setDefaultTimeout(longestStart)
    await window.waitForLoadState('domcontentloaded')
    return { window, leave: () => browser.close().finally(relay.close) }
  }
  const { window, leave } = await joinWindow().catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(`The app did not start: ${output}`, { cause: error })
  })
  return {
    window,
    pid: child.pid ?? 0,
    output: () => output,
    screenshot: async (name) => {
      await mkdir(artifactFolder, { recursive: true })
      await window.screenshot({ path: join(artifactFolder, `${name}.png`) })
    },
    close: async () => {
      await leave()
      child.kill('SIGTERM')
      return exited
    },
  }
}

interface Messages {
  send(message: string): void
  listen(listener: (message: string) => void): void
}

/** Chromium reads messages from descriptor 3 and writes them to 4, each ended by a zero byte. */
function messagesOf(child: ChildProcess): Messages {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  let listener: (message: string) => void = () => undefined
  let rest = Buffer.alloc(0)
  to.on('error', () => undefined) // the app ended
  from.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const message = rest.toString('utf8', 0, end)
      rest = rest.subarray(end + 1)
      listener(message)
    }
  })
  return { send: (message) => void to.write(`${message}\0`), listen: (next) => (listener = next) }
}

const targetsSchema = z.object({ id: z.number(), result: z.object({ targetInfos: z.array(z.object({ type: z.string(), title: z.string() })) }) })

/** Joining while the window is being made hangs: Chromium lists the page, with its title, once that is over. */
async function pageOpened(pipe: Messages): Promise<void> {
  const until = Date.now() + longestStart
  for (let id = 1; Date.now() < until; id++) {
    const answer = new Promise<string>((resolve) => pipe.listen(resolve))
    pipe.send(JSON.stringify({ id, method: 'Target.getTargets', params: {} }))
    const { result } = targetsSchema.parse(JSON.parse(await answer))
    if (result.targetInfos.some(({ type, title }) => type === 'page' && title === 'Capstan')) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('It opened no page.')
}

async function openRelay(pipe: Messages): Promise<{ address: string; close: () => void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket) => {
    pipe.listen((message) => socket.send(message))
    socket.on('message', (data: Buffer) => pipe.send(data.toString('utf8')))
  })
  const close = (): void => {
    server.close()
  }
  return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
