/** `npm run test:package`: packs the app where it is older than its sources, starts it and drives its window. */
import { join } from 'node:path'
import { run } from './command.ts'
import { virtualDisplay } from './electron/launch.ts'
import { projectFolder } from './paths.ts'

const vitest = join(projectFolder, 'node_modules', '.bin', 'vitest')
const [program = vitest, ...parameters] = [...(await virtualDisplay()), vitest, 'run', '--project', 'package', ...process.argv.slice(2)]
process.exitCode = (await run(program, parameters, { folder: projectFolder })).code
