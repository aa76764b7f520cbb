/**
 * `npm run dev`: the window with hot reload. A change of the page shows at once; a change of main, a worker or the engine builds them again
 * and restarts the app. Words after `--` go to `electron-vite dev`: `--inspect 9229`, `--remoteDebuggingPort 9222`.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { builtStamp } from './build.ts'
import { ensureEncodersWherePossible } from './build-encoder.ts'
import { run } from './command.ts'
import { prepareElectron } from './electron/ensure-electron.ts'
import { windowLaunch } from './electron/launch.ts'
import { projectFolder } from './paths.ts'

try {
  const electron = await prepareElectron()
  await ensureEncodersWherePossible()
  const { display, flags, environment } = await windowLaunch(electron)
  await rm(builtStamp, { force: true }) // what is built now is not what `npm start` builds
  const electronVite = join(projectFolder, 'node_modules', '.bin', 'electron-vite')
  const [program = '', ...parameters] = [...display, electronVite, 'dev', '--watch', ...process.argv.slice(2), '--', ...flags]
  const { code } = await run(program, parameters, {
    folder: projectFolder,
    environment: { ...environment, ELECTRON_EXEC_PATH: electron.executable, ELECTRON_MAJOR_VER: electron.version.split('.')[0] ?? '' },
  })
  process.exitCode = code
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
