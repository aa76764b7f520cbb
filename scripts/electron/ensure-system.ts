/**
 * System libraries and programs that npm cannot bring. As root on Debian or Ubuntu what is missing gets installed; anybody else is told
 * the one line to run.
 */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { findProgram, mustRun, run } from '../command.ts'

/** Debian's package for each need; the first name that this release knows is taken (24.04 and trixie renamed some). */
const libraryPackages: string[][] = [['libgtk-3-0t64', 'libgtk-3-0'], ['libnss3'], ['libasound2t64', 'libasound2'], ['libgbm1'], ['libxss1']]
const programPackages: Record<string, string[][]> = {
  'xvfb-run': [['xvfb'], ['xauth']],
  Xvfb: [['xvfb']],
  xauth: [['xauth']],
  'g++': [['g++']],
  make: [['make']],
  python3: [['python3']],
}

/** Makes sure that every shared library the executable links to is there (Linux; elsewhere nothing is missing). */
export async function ensureLibraries(executable: string): Promise<void> {
  if (process.platform !== 'linux') return
  const missing = await missingLibraries(executable)
  if (missing.length === 0) return
  await install(libraryPackages, `${basename(executable)} needs ${missing.join(', ')}`)
  const left = await missingLibraries(executable)
  if (left.length > 0) throw new Error(`Still missing after installing: ${left.join(', ')}.`)
}

/** Makes sure that programs are on the PATH. `why` completes "… needs g++, make". */
export async function ensurePrograms(names: string[], why: string): Promise<void> {
  const missing = names.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0) return
  await install(
    missing.flatMap((name) => programPackages[name] ?? [[name]]),
    `${why} needs ${missing.join(', ')}`,
  )
  const left = missing.filter((name) => findProgram(name) === undefined)
  if (left.length > 0) throw new Error(`Still missing after installing: ${left.join(', ')}.`)
}

async function missingLibraries(executable: string): Promise<string[]> {
  const { output } = await run('ldd', [executable], { output: 'collect' })
  return output
    .split('\n')
    .filter((line) => line.includes('=> not found'))
    .map((line) => line.trim().split(' ')[0] ?? line)
}

async function install(wanted: string[][], why: string): Promise<void> {
  const withApt = existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined
  if (!withApt) throw new Error(`${why}: install it with this system's package manager (on Debian: ${firstNames(wanted)}).`)
  if (process.getuid?.() !== 0) throw new Error(`${why}. Run: sudo apt-get install -y ${firstNames(wanted)}`)
  console.log(`${why}: installing with apt-get`)
  const quiet = { environment: { DEBIAN_FRONTEND: 'noninteractive' }, output: 'collect' as const }
  const lock = ['-o', 'DPkg::Lock::Timeout=180']
  await mustRun('apt-get', [...lock, 'update'], quiet)
  const packages: string[] = []
  for (const names of wanted) packages.push(await firstKnown(names))
  await mustRun('apt-get', [...lock, 'install', '-y', '--no-install-recommends', ...new Set(packages)], quiet)
}

/** A renamed package leaves its old name as a virtual one without a candidate version. */
async function firstKnown(names: string[]): Promise<string> {
  for (const name of names) {
    const { output } = await run('apt-cache', ['policy', name], { output: 'collect', environment: { LC_ALL: 'C' } })
    if (/Candidate: (?!\(none\))/.test(output)) return name
  }
  throw new Error(`None of ${names.join(', ')} is in this machine's package sources.`)
}

function firstNames(wanted: string[][]): string {
  return wanted.map((names) => names.at(-1)).join(' ')
}
