/** Runs the user's SPICE on a result set: files in, Java, files out. Inputs are the PTB-tokenized captions, as coco-caption passes them. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve as absolute } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { spiceFailure } from './failures.ts'
import type { SpiceInstallation } from './installation.ts'
import { parseSpiceOutput, type SpiceImageScores } from './output.ts'

export interface SpiceImage {
  id: number | string
  candidate: string
  references: readonly string[]
}

/** Images done so far, and what SPICE is doing now. */
export interface SpiceProgress {
  done: number
  total: number
  message: string
}

export interface SpiceOptions {
  signal?: AbortSignal
  onProgress?: (progress: SpiceProgress) => void
  /** Where SPICE keeps parsed references between runs; it must be SPICE's own folder. Without it everything is parsed anew. */
  cacheFolder?: string
  /** Java's memory limit. */
  memory?: string
  threads?: number
  /** SPICE reports nothing while it parses; a set goes through in portions of this many images, which bounds its memory too. */
  portion?: number
}

export interface SpiceResult {
  /** Mean F over images. */
  corpus: number
  /** Mean F by kind of tuple, over the images whose references have such tuples; null where none has. */
  subsets: Record<string, number | null>
  perImage: Map<number | string, SpiceImageScores>
}

/**
 * Scores all images. Cancelling ends Java and leaves nothing behind.
 * @throws AppError `cancelled`, `crashed` where SPICE fails, `corrupt` where its results do not fit what was asked
 */
export async function runSpice(installation: SpiceInstallation, images: readonly SpiceImage[], options: SpiceOptions = {}): Promise<SpiceResult> {
  if (new Set(images.map((image) => image.id)).size !== images.length)
    throw new AppError('bad-input', 'An image is in the result set twice.', { todo: 'Keep one candidate per image.' })
  const portion = options.portion ?? 1000
  const perImage = new Map<number | string, SpiceImageScores>()
  for (let start = 0; start < images.length; start += portion) {
    const part = images.slice(start, start + portion)
    const report = (message: string): void => options.onProgress?.({ done: start, total: images.length, message })
    const scores = await runPortion(installation, part, options, report)
    part.forEach((image, position) => perImage.set(image.id, scores[position]))
  }
  options.onProgress?.({ done: images.length, total: images.length, message: 'SPICE is done.' })
  return { ...spiceMeans([...perImage.values()]), perImage }
}

async function runPortion(
  installation: SpiceInstallation,
  images: readonly SpiceImage[],
  options: SpiceOptions,
  report: (message: string) => void,
): Promise<SpiceImageScores[]> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-spice-'))
  try {
    const input = join(folder, 'input.json')
    const output = join(folder, 'output.json')
    // Images travel under their position: SPICE returns rows in an order of its own, and ids of any type come back unharmed.
    const rows = images.map((image, position) => ({ image_id: position, test: image.candidate, refs: image.references }))
    await writeFile(input, JSON.stringify(rows))
    report('SPICE is loading its parser.')
    const arguments_ = ['-jar', `-Xmx${options.memory ?? '8G'}`, installation.jar, input, '-out', output, '-subset', '-silent']
    if (options.cacheFolder !== undefined) arguments_.push('-cache', absolute(options.cacheFolder))
    if (options.threads !== undefined) arguments_.push('-threads', String(options.threads))
    const { exitCode, printed } = await runJava(installation, arguments_, options.signal, report)
    const text = await readFile(output, 'utf8').catch(() => undefined)
    if (exitCode !== 0 || text === undefined) throw spiceFailure(exitCode, printed)
    return parseSpiceOutput(text, images.length)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const keptOutput = 20_000

/** Runs Java to its end; every line it prints is a report. */
function runJava(
  installation: SpiceInstallation,
  arguments_: string[],
  signal: AbortSignal | undefined,
  report: (message: string) => void,
): Promise<{ exitCode: number | null; printed: string }> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled())
    const child = spawn(installation.java, arguments_, { cwd: installation.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const stop = (): boolean => child.kill('SIGKILL')
    signal?.addEventListener('abort', stop, { once: true })
    let printed = ''
    const listen = (chunk: string): void => {
      printed = (printed + chunk).slice(-keptOutput)
      const line = chunk.trim().split('\n').at(-1)
      if (line) report(`SPICE: ${line.slice(0, 200)}`)
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
    child.on('error', (cause) => {
      signal?.removeEventListener('abort', stop)
      reject(new AppError('unavailable', `Java does not start: ${cause.message}.`, { todo: 'Point to Java 8.', cause }))
    })
    child.on('close', (exitCode) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(cancelled())
      else resolve({ exitCode, printed })
    })
  })
}

function cancelled(): AppError {
  return new AppError('cancelled', 'SPICE was cancelled.', { kept: 'No SPICE score was stored.' })
}

/** Means over images, of all tuples and by kind. */
export function spiceMeans(images: readonly SpiceImageScores[]): Pick<SpiceResult, 'corpus' | 'subsets'> {
  const kinds = [...new Set(images.flatMap((image) => Object.keys(image.subsets)))]
  const meanOf = (values: (number | null | undefined)[]): number | null => {
    const known = values.filter((value) => typeof value === 'number')
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  }
  return {
    corpus: meanOf(images.map((image) => image.all.f)) ?? 0,
    subsets: Object.fromEntries(kinds.map((kind) => [kind, meanOf(images.map((image) => image.subsets[kind]?.f))])),
  }
}
