/** How Electron is started on this machine: its flags, its environment, and a display. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreparedElectron } from './ensure-electron.ts'
import { ensurePrograms } from './ensure-system.ts'
import { artifactFolder } from '../paths.ts'

/** `--no-sandbox` only for root, whom Chromium refuses otherwise; `--disable-gpu` only where there is no GPU to use. */
export function electronFlags(): string[] {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0
  return [...(asRoot ? ['--no-sandbox'] : []), ...(hasGpu() && hasDisplay() ? [] : ['--disable-gpu'])]
}

/** What the app's processes need to know. */
export function electronEnvironment(electron: PreparedElectron): Record<string, string> {
  return electron.sqliteBinding === null ? {} : { CAPSTAN_SQLITE_BINDING: electron.sqliteBinding }
}

/** What end-to-end tests need to know besides: which Electron, and its software Vulkan. */
export function testEnvironment(electron: PreparedElectron): Record<string, string> {
  return {
    ...electronEnvironment(electron),
    CAPSTAN_ELECTRON: electron.executable,
    ...(electron.swiftshader === null ? {} : { CAPSTAN_SWIFTSHADER: electron.swiftshader }),
  }
}

export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true
  return [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((name) => name !== undefined && name !== '')
}

function hasGpu(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/dri')
}

/** The words before a command that give it a virtual display, installed where missing; none where there is a display. */
export async function virtualDisplay(): Promise<string[]> {
  if (hasDisplay()) return []
  await ensurePrograms(['xvfb-run', 'xauth'], 'A machine without a display')
  return ['xvfb-run', '--auto-servernum', '--server-args=-screen 0 1920x1080x24']
}

export interface WindowLaunch {
  /** The words before the command. */
  display: string[]
  flags: string[]
  environment: Record<string, string>
}

/** How a person's window is opened here. On a virtual display a fresh screenshot is kept, and its path printed. */
export async function windowLaunch(electron: PreparedElectron): Promise<WindowLaunch> {
  const environment = electronEnvironment(electron)
  const flags = electronFlags()
  const display = await virtualDisplay()
  if (display.length > 0) {
    await mkdir(artifactFolder, { recursive: true })
    const screenshot = process.env['CAPSTAN_SCREENSHOT'] ?? join(artifactFolder, 'window.png')
    environment['CAPSTAN_SCREENSHOT'] = screenshot
    flags.push('--log-level=3') // Chromium complains at length about the desktop services that a bare machine lacks
    console.log(`No display here: the window opens on a virtual one. A fresh screenshot is kept at ${screenshot}`)
  }
  return { display, flags, environment }
}
