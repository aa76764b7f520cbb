/**
 * SPICE (Anderson et al. 2016) is a Java program of its own that a user may have beside Capstan; it is never imitated. Here its folder and
 * a fitting Java are found and checked.
 */
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '#shared/errors.ts'

export interface SpiceInstallation {
  /** The folder the jar lies in; SPICE finds its `lib` beside it. */
  folder: string
  jar: string
  java: string
  javaVersion: string
}

export type SpiceStatus = { state: 'ready'; installation: SpiceInstallation } | { state: 'unavailable'; reason: string }

export interface SpicePlaces {
  /** The folder with `spice-1.0.jar` and `lib/`, as SPICE's own archive or coco-caption's `spice` folder has them. */
  folder: string | undefined
  /** The Java to use; otherwise `$JAVA_HOME/bin/java`, then `java` on the path. */
  java?: string | undefined
}

export const whatToInstall = 'SPICE needs Java 8 and the SPICE 1.0 folder (spice-1.0.jar, with Stanford CoreNLP 3.6.0 and its models in lib/): point to both.'

/** SPICE prints its results through Java's JavaScript engine, which Java 15 removed. */
const oldestJava = 8
const newestJava = 14

const neededLibraries: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^stanford-corenlp-[\d.]+\.jar$/u, 'lib/stanford-corenlp-3.6.0.jar'],
  [/^stanford-corenlp-[\d.]+-models.*\.jar$/u, 'lib/stanford-corenlp-3.6.0-models.jar'],
  [/^scenegraphparser.*\.jar$/iu, 'lib/SceneGraphParser-1.0.jar'],
]

/** Looks for SPICE and says in one line what is missing, if anything is. Never throws for a missing piece. */
export async function findSpice(places: SpicePlaces): Promise<SpiceStatus> {
  if (places.folder === undefined) return { state: 'unavailable', reason: whatToInstall }
  const folder = resolve(places.folder) // SPICE runs in its own folder
  const jarName = (await fileNames(folder)).find((name) => /^spice-.*\.jar$/u.test(name))
  if (jarName === undefined) return { state: 'unavailable', reason: `There is no spice-1.0.jar in ${folder}. ${whatToInstall}` }
  const libraries = await fileNames(join(folder, 'lib'))
  const missing = neededLibraries.filter(([pattern]) => !libraries.some((name) => pattern.test(name))).map(([, name]) => name)
  if (missing.length > 0) {
    const reason = `SPICE in ${folder} lacks ${missing.join(' and ')}: run its download script, or copy them there.`
    return { state: 'unavailable', reason }
  }
  const java = await findJava(places.java)
  if (java.state === 'unavailable') return java
  return { state: 'ready', installation: { folder, jar: join(folder, jarName), java: java.java, javaVersion: java.version } }
}

export type JavaStatus = { state: 'ready'; java: string; version: string } | { state: 'unavailable'; reason: string }

/** Looks for a Java that SPICE runs on: the given one, otherwise `$JAVA_HOME/bin/java`, then `java` on the path. Never throws. */
export async function findJava(given?: string): Promise<JavaStatus> {
  const java = javaCommand(given)
  const version = await versionOfJava(java)
  if (version === undefined) return { state: 'unavailable', reason: `Java does not start (${java}). ${whatToInstall}` }
  const major = majorVersion(version)
  if (major >= oldestJava && major <= newestJava) return { state: 'ready', java, version }
  return { state: 'unavailable', reason: `SPICE does not run on Java ${version}; it needs Java ${oldestJava} (to ${newestJava}).` }
}

/** As `findSpice`, for callers that cannot go on without it. Throws an AppError `unavailable`. */
export async function requireSpice(places: SpicePlaces): Promise<SpiceInstallation> {
  const status = await findSpice(places)
  if (status.state === 'ready') return status.installation
  throw new AppError('unavailable', status.reason)
}

/** A bare name is looked up on the path by the system; anything with a folder in it is made absolute. */
function javaCommand(given: string | undefined): string {
  if (given !== undefined) return /[\\/]/u.test(given) ? resolve(given) : given
  const home = process.env['JAVA_HOME']
  return home ? join(home, 'bin', 'java') : 'java'
}

async function fileNames(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

/** What `java -version` calls itself ("1.8.0_312", "11.0.2"), or undefined where it does not start. */
async function versionOfJava(java: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(java, ['-version'], { timeout: 30_000 })
    return /version "([^"]+)"/u.exec(stderr + stdout)?.[1]
  } catch {
    return undefined
  }
}

/** 8 for "1.8.0_312", 11 for "11.0.2". */
function majorVersion(version: string): number {
  const [first, second] = version.split(/[._-]/u).map(Number)
  return first === 1 ? second : first
}
