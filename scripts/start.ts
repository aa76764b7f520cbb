/** `npm start`: makes sure that everything is there, builds what changed, opens the workbench. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureBuilt } from './build.ts'
import { ensureEncoders } from './build-encoder.ts'
import { run } from './command.ts'
import { prepareElectron } from './ensure-electron.ts'
import { electronEnvironment, electronFlags, virtualDisplay } from './launch.ts'
import { artifactFolder, projectFolder } from './paths.ts'

async function start(): Promise<number> {
  const electron = await prepareElectron()
  await ensureEncoders().catch((error: unknown) => {
    // Without network at the first start: everything else works.
    console.error(
      `${error instanceof Error ? error.message : String(error)} The window opens all the same; what needs this encoder waits for a start with network.`,
    )
  })
  await ensureBuilt()
  const environment = electronEnvironment(electron)
  const display = await virtualDisplay()
  if (display.length > 0) {
    await mkdir(artifactFolder, { recursive: true })
    const screenshot = process.env['CAPSTAN_SCREENSHOT'] ?? join(artifactFolder, 'window.png')
    environment['CAPSTAN_SCREENSHOT'] = screenshot
    console.log(`No display here: the window opens on a virtual one. A fresh screenshot is kept at ${screenshot}`)
  }
  // Chromium complains at length about the desktop services that a bare machine lacks
  const quiet = display.length > 0 ? ['--log-level=3'] : []
  const [program = electron.executable, ...parameters] = [
    ...display,
    electron.executable,
    ...electronFlags(),
    ...quiet,
    projectFolder,
    ...process.argv.slice(2),
  ]
  const { code } = await run(program, parameters, { environment })
  return code
}

try {
  process.exitCode = await start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
