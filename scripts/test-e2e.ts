/** `npm run test:e2e -- name`: the end-to-end tests whose file or `-t` name matches, over a fresh build; all of them without a name. */
import { join } from 'node:path'
import { ensureBuilt } from './build.ts'
import { ensureEncoders } from './build-encoder.ts'
import { run } from './command.ts'
import { prepareElectron } from './electron/ensure-electron.ts'
import { testEnvironment, virtualDisplay } from './electron/launch.ts'
import { projectFolder } from './paths.ts'

try {
  const environment = testEnvironment(await prepareElectron())
  await ensureEncoders()
  await ensureBuilt()
  const vitest = join(projectFolder, 'node_modules', '.bin', 'vitest')
  const [program = '', ...parameters] = [...(await virtualDisplay()), vitest, 'run', '--project', 'e2e', ...process.argv.slice(2)]
  process.exitCode = (await run(program, parameters, { folder: projectFolder, environment })).code
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
