/** What runs before telemetry was off (version 0.1.0 and older) left waiting to be sent: removed once, and only from that library's own folder. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TelemetryFolders {
  /** onnxruntime's own: queued events, each with the command line, and a device id */
  queued: string
  /** ours: it is there once the removal is done, so that what other programs queue later is left to them */
  marker: string
}

/** Where onnxruntime 1.30 keeps what it is going to send; undefined where it keeps nothing of its own (Windows). */
export function telemetryFolders(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): TelemetryFolders | undefined {
  const named = environment['XDG_CACHE_HOME']
  const base =
    platform === 'linux'
      ? named === undefined || named === ''
        ? join(home, '.cache')
        : named
      : platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : undefined
  if (base === undefined) return undefined
  return { queued: join(base, 'Microsoft', 'DeveloperTools', '.onnxruntime'), marker: join(base, 'capstan', 'telemetry-removed') }
}

/** Removes it unless that was done before. Never throws: a folder that cannot be removed is tried again at the next start. */
export function removeQueuedTelemetry(folders = telemetryFolders()): void {
  if (folders === undefined || existsSync(folders.marker)) return
  try {
    rmSync(folders.queued, { recursive: true, force: true })
    mkdirSync(dirname(folders.marker), { recursive: true })
    writeFileSync(folders.marker, 'onnxruntime’s queued events were removed.\n')
  } catch (error) {
    console.error('onnxruntime’s queued events could not be removed:', error)
  }
}
