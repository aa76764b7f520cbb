/** Nothing leaves the machine: every program through a whole session in a network that writes down whoever speaks. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { electronFlags } from '../../scripts/electron/launch.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { preparedApp } from '../support/app.ts'
import { startPipedApp } from '../support/piped-app.ts'
import { drawPictures } from '../support/pictures.ts'
import { openSilentNetwork } from '../support/silent-network.ts'
import type { SilentNetwork } from '../support/silent-network.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wholeSession } from '../support/whole-session.ts'

const network = await openSilentNetwork()
if ('impossible' in network) console.warn(`Whether anything leaves the machine could not be tested. ${network.impossible}`)

describe.skipIf('impossible' in network)('a network of its own', () => {
  let silent: SilentNetwork
  const nothing = { lookUps: [], connections: [], packets: 0 }

  beforeAll(() => {
    if ('impossible' in network) throw new Error(network.impossible)
    silent = network
  })
  afterAll(() => silent.close())

  /** Runs a program in it; its home and temporary folder are fresh. */
  const inside = (home: string, words: string[], environment: Record<string, string> = {}): Promise<{ code: number | null; output: string }> => {
    const [program, ...parameters] = [...silent.prefix, ...words]
    const child = spawn(program, parameters, {
      cwd: projectFolder,
      env: { ...process.env, ...freshHome(home), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
  }

  test('hears nothing of the app in a whole session, nor of a page that wants a peer', async () => {
    const folder = temporaryFolder()
    const { executable, environment } = await preparedApp()
    const running = await startPipedApp([...silent.prefix, executable, ...electronFlags(), '--remote-debugging-pipe', projectFolder], {
      ...process.env,
      ...environment,
      ...freshHome(folder),
      CAPSTAN_USER_DATA: join(folder, 'user'),
      CAPSTAN_UNATTENDED: '1',
    })
    try {
      await wholeSession(running.window, folder)
      expect(silent.recorded()).toEqual(nothing)
      await askForPeers(running.window)
      expect(silent.recorded()).toEqual(nothing)
    } finally {
      await running.close()
    }
    expect(silent.recorded()).toEqual(nothing)
  })

  test('hears nothing of the command line', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'photos'))
    // captioning them takes longer than the event client waits before it speaks
    await drawPictures(join(folder, 'photos'), 120)
    const { code, output } = await inside(folder, [
      ...[process.execPath, 'src/cli/capstan.ts', 'caption', '--model', 'models/base-captioner', '--beam', '5', '--threads', '1'],
      ...['--out', join(folder, 'results.json'), join(folder, 'photos')],
    ])
    expect(code, output).toBe(0)
    expect(silent.recorded()).toEqual(nothing)
  })

  test('hears nothing of a start where an Electron is ready', async () => {
    const script = "const { findElectron } = await import('./scripts/electron/ensure-electron.ts'); await findElectron()"
    const { code, output } = await inside(temporaryFolder(), [process.execPath, '--input-type=module', '-e', script])
    expect(code, output).toBe(0)
    expect(silent.recorded()).toEqual(nothing)
  })

  test('would have heard a single request', async () => {
    await inside(temporaryFolder(), [process.execPath, '-e', "fetch('https://events.example/').catch(() => undefined)"])
    const { lookUps, connections, packets } = silent.recorded()
    expect(lookUps).toContain('name events.example')
    expect(connections).not.toEqual([])
    expect(packets).toBeGreaterThan(0)
  })
})

function freshHome(folder: string): Record<string, string> {
  return { HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') }
}

/** What a page would do to reach another machine without a request: both kinds of servers that WebRTC knows, over UDP and TCP, by name and by address. */
async function askForPeers(window: Page): Promise<void> {
  await window.evaluate(async () => {
    const credentials = { username: 'a', credential: 'b' }
    const peer = new RTCPeerConnection({
      iceServers: [
        { urls: ['stun:203.0.113.7:3478', 'stun:stun.example:3478'] },
        { urls: ['turn:203.0.113.7:3478?transport=udp', 'turn:203.0.113.7:443?transport=tcp', 'turns:turn.example:443?transport=tcp'], ...credentials },
      ],
    })
    peer.createDataChannel('data')
    await peer.setLocalDescription(await peer.createOffer())
    await new Promise((resolve) => setTimeout(resolve, 5000))
    peer.close()
  })
}
