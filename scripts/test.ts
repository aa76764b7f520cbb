/**
 * `npm test`: makes sure that everything is there, then lint, types, unit and integration tests, the build, and the real window driven
 * end to end, from the project and packaged.
 * Every step runs even where one before it failed. The last line is `N passed, N failed`.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { ensureBuilt } from './build.ts'
import { ensureEncoders } from './build-encoder.ts'
import { run } from './command.ts'
import { prepareElectron } from './electron/ensure-electron.ts'
import { testEnvironment, virtualDisplay } from './electron/launch.ts'
import { artifactFolder, projectFolder } from './paths.ts'

interface Outcome {
  step: string
  passed: number
  failed: number
  skipped: number
  seconds: number
  /** The tests that failed, with their files and the first line of why. */
  names: string[]
}

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) })),
    }),
  ),
})
const binaries = join(projectFolder, 'node_modules', '.bin')
const longest = 40 * 60_000 // milliseconds a step may take before it counts as hung

const outcomes: Outcome[] = []

/** Runs one step; a thrown error is one failure with its message. */
async function step(name: string, work: () => Promise<Omit<Outcome, 'step' | 'seconds'>>): Promise<void> {
  console.log(`\n== ${name}`)
  const started = Date.now()
  const result = await work().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return { passed: 0, failed: 1, skipped: 0, names: [] }
  })
  outcomes.push({ step: name, ...result, seconds: (Date.now() - started) / 1000 })
}

/** A command that passes or fails as a whole; it counts only where it fails. */
async function command(program: string, parameters: string[]): Promise<Omit<Outcome, 'step' | 'seconds'>> {
  const { code } = await run(join(binaries, program), parameters, { folder: projectFolder, timeout: longest })
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, names: [] }
}

async function vitest(projects: string[], environment: Record<string, string>, display: string[]): Promise<Omit<Outcome, 'step' | 'seconds'>> {
  const report = join(artifactFolder, `${projects.join('-')}.json`)
  await rm(report, { force: true })
  const parameters = [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const [program = '', ...words] = [...display, join(binaries, 'vitest'), ...parameters]
  const { code } = await run(program, words, { folder: projectFolder, environment, timeout: longest })
  const text = await readFile(report, 'utf8').catch(() => undefined)
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0, names: [] } // it ended before it could report
  const { success, numPassedTests, numFailedTests, numPendingTests, testResults } = reportSchema.parse(JSON.parse(text))
  // a file that cannot even be loaded has no tests that fail
  const failed = numFailedTests === 0 && (!success || code !== 0) ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests, names: failedTests(testResults) }
}

/** A line per test that failed, and per file that could not be loaded: a long log's last lines then say what to run again. */
function failedTests(files: z.infer<typeof reportSchema>['testResults']): string[] {
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(projectFolder, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`${file}: ${message.split('\n')[0]}`]
    return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${(failureMessages[0] ?? '').split('\n')[0]}`)
  })
}

await mkdir(artifactFolder, { recursive: true })
const environment: Record<string, string> = {}
const display: string[] = []
await step('set-up', async () => {
  const electron = await prepareElectron()
  Object.assign(environment, testEnvironment(electron))
  console.log(`Encoders: ${(await ensureEncoders()).map(({ id, outcome }) => `${id} ${outcome}`).join(', ')}`)
  display.push(...(await virtualDisplay()))
  return { passed: 0, failed: 0, skipped: 0, names: [] }
})
await step('lint', () => command('eslint', ['.', '--max-warnings', '0']))
await step('formatting', () => command('prettier', ['--check', '--log-level', 'warn', '.']))
await step('types', () => command('tsc', ['--noEmit', '-p', 'tsconfig.json']))
await step('types of the end-to-end tests', () => command('tsc', ['--noEmit', '-p', 'tsconfig.e2e.json']))
await step('types of the window', () => command('vue-tsc', ['--noEmit', '-p', 'tsconfig.renderer.json']))
await step('unit and integration tests', () => {
  // Node loads the package's own SQLite binding; the compiled one is Electron's
  const { CAPSTAN_SQLITE_BINDING: _electronOnly, ...nodeEnvironment } = environment
  return vitest(['unit', 'integration'], nodeEnvironment, [])
})
await step('build', async () => {
  await ensureBuilt()
  return { passed: 0, failed: 0, skipped: 0, names: [] }
})
await step('end-to-end tests', () => vitest(['e2e'], environment, display))
await step('the packaged app', () => vitest(['package'], environment, display))

console.log('')
for (const { step: name, passed, failed, skipped, seconds } of outcomes) {
  const counts = passed + failed + skipped === 0 ? 'fine' : `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  console.log(`${name}: ${counts} (${seconds.toFixed(0)} s)`)
}
for (const name of outcomes.flatMap(({ names }) => names)) console.log(`failed: ${name}`)
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
console.log(`${outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
