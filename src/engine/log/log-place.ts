/** Where a person's log lies: the same file for the window and the command line. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export const logFileName = 'capstan.log'

type Environment = Readonly<Record<string, string | undefined>>

/** `CAPSTAN_LOGS`, else `logs/` in the person's folder. */
export function logFolder(environment: Environment = process.env, platform: NodeJS.Platform = process.platform, home: string = homedir()): string {
  const chosen = environment['CAPSTAN_LOGS'] ?? ''
  if (chosen !== '') return chosen
  return join(personFolder(environment, platform, home), 'logs')
}

/** The person's folder for Capstan: `CAPSTAN_USER_DATA`, or where Electron keeps an app's user data. */
export function personFolder(environment: Environment = process.env, platform: NodeJS.Platform = process.platform, home: string = homedir()): string {
  const user = environment['CAPSTAN_USER_DATA'] ?? ''
  return user === '' ? join(applicationData(environment, platform, home), 'Capstan') : user
}

export function logFile(): string {
  return join(logFolder(), logFileName)
}

function applicationData(environment: Environment, platform: NodeJS.Platform, home: string): string {
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support')
    case 'win32':
      return environment['APPDATA'] ?? join(home, 'AppData', 'Roaming')
    default:
      return environment['XDG_CONFIG_HOME'] ?? join(home, '.config')
  }
}
