/** The packaged app, driven through its window alone: its fuses shut the inspector that Playwright's own launcher needs, and it opens no port. */
import { electronFlags } from '../../scripts/electron/launch.ts'
import { startPipedApp } from './piped-app.ts'
import type { PipedApp } from './piped-app.ts'

export interface PackagedOptions {
  flags?: string[]
  environment?: Record<string, string>
  /** words before the executable */
  prefix?: string[]
}

/** Starts the executable with its own folder for settings; `flags` and `environment` come on top of what this machine needs. */
export function startPackagedApp(
  executable: string,
  userFolder: string,
  { flags = [], environment = {}, prefix = [] }: PackagedOptions = {},
): Promise<PipedApp> {
  // the binding that a project folder needs under an old Electron is packed already
  const { CAPSTAN_SQLITE_BINDING: _projectOnly, ...machine } = process.env
  return startPipedApp([...prefix, executable, ...electronFlags(), '--remote-debugging-pipe', ...flags], {
    ...machine,
    CAPSTAN_USER_DATA: userFolder,
    CAPSTAN_UNATTENDED: '1',
    ...environment,
  })
}
