/**
 * `npm run bench -- growth`: how what a workspace does grows with its photos. Processor time of each question behind the Library and Review, of opening, and of
 * exports and an import on the command line with the most memory that they took, at each size; and the exponent of each: the slope of a line through the
 * logarithms (1: as many times longer as there are photos; 2: the square). Prints JSON. Options: --sizes 10000,100000,1000000, --repeat 3, --only
 * questions,exports,import (an import of a million photos takes an hour), --keep <folder> (workspaces are made there once and used again; `bench -- ui` and
 * `bench -- library` use the same).
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { promotedModel } from '#engine/workspace/repositories/models.ts'
import { previewSnapshot } from '#engine/workspace/repositories/snapshots.ts'
import { checkIntegrity, closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { peakOf } from '../support/peak-memory.ts'
import { filesOf, writtenPhotos } from './exchange/written-files.ts'
import { askedAnew, questions } from './library.ts'
import { libraryIn, writeLibrary } from './ui/library.ts'
import { exponent } from './ui/statistics.ts'

/** A figure at each size. */
type Figures = Record<string, number[]>

const captionsEach = 5
const exported = ['coco-captions', 'csv', 'parquet'] as const

export async function run(args: string[]): Promise<object> {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string', default: '10000,100000,1000000' },
      repeat: { type: 'string', default: '3' },
      only: { type: 'string', default: 'questions,exports' },
      keep: { type: 'string' },
    },
  })
  const sizes = values.sizes.split(',').map(Number)
  const only = new Set(values.only.split(','))
  const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'capstan-bench-')))
  const figures: Figures = {}
  const note = (name: string, value: number): void => void (figures[name] ??= []).push(Math.round(value * 10) / 10)
  try {
    for (const size of sizes) {
      process.stderr.write(`${size} photos\n`)
      const place = join(folder, `${size}-1`)
      if (only.has('questions') || only.has('exports')) {
        const { folder: workspace } = existsSync(place) ? libraryIn(place, size, 1) : await writeLibrary(place, size, 1)
        if (only.has('questions')) await asked(workspace, Number(values.repeat), note)
        if (only.has('exports')) await exports(workspace, join(folder, 'exported'), note)
      }
      if (only.has('import')) await imported(join(folder, `import-${size}`), size, note)
    }
    return Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, { figures: all, exponent: exponent(sizes, all) }]))
  } finally {
    if (values.keep === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

type Note = (name: string, value: number) => void

/** Milliseconds of the processor. */
async function taken(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

async function asked(workspace: string, repeat: number, note: Note): Promise<void> {
  closeDatabase(await openDatabase(workspace, false)) // brought up to date, and checked where that was due
  const begun = process.cpuUsage()
  const database = await openDatabase(workspace, false)
  const { user, system } = process.cpuUsage(begun)
  try {
    note('opening, ms', (user + system) / 1000)
    note('the daily check, ms', await taken(() => checkIntegrity(database, workspace)))
    note('what a snapshot would hold, ms', await taken(() => previewSnapshot(database)))
    const model = promotedModel(database)?.number ?? null
    for (const [name, ask] of Object.entries(questions)) note(`${name}, ms`, askedAnew({ wanted: 1, database, model }, ask, repeat))
  } finally {
    closeDatabase(database)
  }
}

async function exports(workspace: string, to: string, note: Note): Promise<void> {
  for (const format of exported) {
    await rm(to, { force: true })
    const { peakMb, processorSeconds } = await peakOf(['export', workspace, to, '--what', 'references', '--format', format])
    note(`export of ${captionsEach} references each, ${format}, MB`, peakMb)
    note(`export of ${captionsEach} references each, ${format}, s`, processorSeconds)
  }
  await rm(to, { force: true })
}

async function imported(folder: string, size: number, note: Note): Promise<void> {
  const photos = writtenPhotos(join(folder, 'photos'), size, captionsEach)
  const { file, options } = await filesOf(folder, photos)['coco-captions']()
  await rm(join(folder, 'w'), { recursive: true, force: true })
  const { peakMb, processorSeconds } = await peakOf(['import', join(folder, 'w'), '--captions', file, ...options])
  note(`import of ${captionsEach} captions each, MB`, peakMb)
  note(`import of ${captionsEach} captions each, s`, processorSeconds)
}
