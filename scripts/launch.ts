/** How Electron is started on this machine: its flags, its environment, and a display. */
import { existsSync } from 'node:fs'
import type { PreparedElectron } from './ensure-electron.ts'
import { ensurePrograms } from './ensure-system.ts'

/** `--no-sandbox` only for root, whom Chromium refuses otherwise; `--disable-gpu` only where there is no GPU to use. */
export function electronFlags(): string[] {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0
  return [...(asRoot ? ['--no-sandbox'] : []), ...(hasGpu() && hasDisplay() ? [] : ['--disable-gpu'])]
}

/** What the app's processes need to know. */
export function electronEnvironment(electron: PreparedElectron): Record<string, string> {
  return electron.sqliteBinding === null ? {} : { CAPSTAN_SQLITE_BINDING: electron.sqliteBinding }
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
