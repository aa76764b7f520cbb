/**
 * `npm run bench -- library`: processor time of the questions behind the Library and Review, of workspaces that ask for one caption a photo and for several, in
 * turns, each asked anew after a change. Prints JSON: medians in milliseconds and their ratio. What else the machine does is in no figure. Options: --images
 * 120000, --captions 1,3, --repeat 9, --keep <folder> (workspaces are made there once and used again; `bench -- ui` uses the same).
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { libraryFilterSchema, librarySortSchema, type LibraryFilter } from '#shared/domain.ts'
import { libraryFacets } from '#engine/workspace/repositories/library-facets.ts'
import { libraryIds, libraryRows } from '#engine/workspace/repositories/library.ts'
import { promotedModel } from '#engine/workspace/repositories/models.ts'
import { imageDetail } from '#engine/workspace/review/image-detail.ts'
import { allSteps } from '#engine/workspace/slices.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import { openCompletions } from '#engine/workspace/writing/completions.ts'
import { writeLibrary } from './ui/library.ts'
import { spread, type Spread } from './ui/statistics.ts'

export interface Opened {
  wanted: number
  database: Database
  model: number | null
}

export async function run(args: string[]): Promise<object> {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: 'string', default: '120000' },
      captions: { type: 'string', default: '1,3' },
      repeat: { type: 'string', default: '9' },
      keep: { type: 'string' },
    },
  })
  const images = Number(values.images)
  const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'capstan-bench-')))
  const opened: Opened[] = []
  try {
    for (const wanted of values.captions.split(',').map(Number)) {
      const place = join(folder, `${images}-${wanted}`)
      if (!existsSync(place)) await writeLibrary(place, images, wanted)
      const database = await openDatabase(join(place, 'workspace'), false)
      opened.push({ wanted, database, model: promotedModel(database)?.number ?? null })
    }
    const medians = Object.fromEntries(Object.entries(questions).map(([name, ask]) => [name, inTurns(opened, ask, Number(values.repeat))]))
    const keystrokes = Object.fromEntries(await Promise.all(opened.map(async (one) => [`${one.wanted} captions each`, await completing(one)] as const)))
    return { images, questions: medians, keystrokes }
  } finally {
    for (const { database } of opened) closeDatabase(database)
    if (values.keep === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const filtered = (part: Partial<LibraryFilter>): LibraryFilter => libraryFilterSchema.parse(part)
const counts =
  (part: Partial<LibraryFilter>) =>
  ({ database, model }: Opened): unknown =>
    allSteps(libraryFacets(database, filtered(part), model))
const found =
  (part: Partial<LibraryFilter>, by: 'position' | 'name' | 'score' | 'state' | 'updated' | 'rating' = 'position') =>
  ({ database, model }: Opened): unknown =>
    libraryIds(database, filtered(part), librarySortSchema.parse({ by }), model)

/** What the Library and Review ask. */
export const questions: Record<string, (opened: Opened) => unknown> = {
  'counts, no filter': counts({}),
  'counts, pending': counts({ states: ['pending'] }),
  'counts, an author': counts({ authors: ['Ada'] }),
  'counts, a word': counts({ text: 'the' }),
  'counts, pending and an author': counts({ states: ['pending'], authors: ['Ada'] }),
  'filter by state': found({ states: ['pending'] }),
  'filter by author': found({ authors: ['Ada'] }),
  'filter by error type': found({ errorTypes: ['object'] }),
  'filter by a word': found({ text: 'the' }),
  'begun photos': found({ begun: true }),
  'order by name': found({ splits: ['train'] }, 'name'),
  'order by score': found({ splits: ['train'] }, 'score'),
  'order by state': found({ splits: ['train'] }, 'state'),
  'order by last change': found({ splits: ['train'] }, 'updated'),
  'rows of 60 photos': ({ database, model }) =>
    libraryRows(
      database,
      Array.from({ length: 60 }, (_, index) => 1001 + index * 7),
      model,
      'CIDEr',
    ),
  'a photo in Review': ({ database }) => imageDetail(database, 4711, promotedModel(database)?.id ?? null),
}

/** Milliseconds of the processor that a question takes, asked anew. */
function timeOf(opened: Opened, ask: (opened: Opened) => unknown): number {
  opened.database.exec('UPDATE property SET value = value') // what was remembered is asked anew
  const before = process.cpuUsage()
  ask(opened)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Their median over several rounds after a first one. */
export function askedAnew(opened: Opened, ask: (opened: Opened) => unknown, repeat: number): number {
  const times = Array.from({ length: repeat + 1 }, () => timeOf(opened, ask))
  return spread(times.slice(1)).median
}

/** Medians of processor time, one workspace after the other in each round, and how many times that of the first the last one takes. */
function inTurns(opened: readonly Opened[], ask: (opened: Opened) => unknown, repeat: number): object {
  const times = opened.map((): number[] => [])
  for (let round = 0; round <= repeat; round++) {
    for (const [index, one] of opened.entries()) {
      const time = timeOf(one, ask)
      if (round > 0) times[index].push(time)
    }
  }
  const medians = times.map((each) => spread(each).median)
  const [first, last] = [medians[0], medians.at(-1) ?? Number.NaN]
  return { milliseconds: medians, ratio: Math.round((last / first) * 100) / 100 }
}

/** Processor time of completing each beginning of 300 captions, as they are typed. */
async function completing({ database }: Opened): Promise<Spread & { most: number }> {
  const completions = openCompletions(database)
  const promoted = promotedModel(database)?.id ?? null
  while (completions.complete(1, 'a ', promoted) === null) await new Promise((resolve) => setTimeout(resolve, 50))
  const texts = database.prepare<[], string>('SELECT text FROM review WHERE text IS NOT NULL LIMIT 300').pluck().all()
  const times: number[] = []
  for (const [index, text] of texts.entries()) {
    for (let end = 1; end <= text.length; end++) {
      const before = process.cpuUsage()
      completions.complete(index + 1, text.slice(0, end), promoted)
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1000)
    }
  }
  return { ...spread(times), most: Math.max(...times) }
}
