/** `npm start`: makes sure that everything is there, builds what changed, opens the workbench. */
import { ensureBuilt } from './build.ts'
import { ensureEncodersWherePossible } from './build-encoder.ts'
import { run } from './command.ts'
import { prepareElectron } from './electron/ensure-electron.ts'
import { windowLaunch } from './electron/launch.ts'
import { projectFolder } from './paths.ts'

async function start(): Promise<number> {
  const electron = await prepareElectron()
  await ensureEncodersWherePossible()
  await ensureBuilt()
  const { display, flags, environment } = await windowLaunch(electron)
  const [program = '', ...parameters] = [...display, electron.executable, ...flags, projectFolder, ...process.argv.slice(2)]
  const { code } = await run(program, parameters, { environment })
  return code
}

try {
  process.exitCode = await start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
