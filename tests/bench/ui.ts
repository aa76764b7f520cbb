/**
 * `npm run bench -- ui`: how fast the window feels. Drives the real app over generated workspaces and prints JSON: cold start, opening, the next
 * image, every filter and order, scrolling, decisions, how long main is held up, memory. Options: --sizes 200,120000, --captions 1,3 (by
 * people that each image is wanted, a workspace each), --repeat 9, --starts 5, --map (Failures' map too: minutes for 120,000), --looks (looks at failures through filters), --keep <folder> (workspaces are made there once and used again).
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { callVerb, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { answered } from './ui/answered.ts'
import { coldStart } from './ui/cold-start.ts'
import { libraryIn, writeLibrary, type GeneratedLibrary } from './ui/library.ts'
import { mainHeldUp, watchMain } from './ui/main-held-up.ts'
import { lookSpeed, type LookSpeed } from './ui/looks.ts'
import { addMeasures, mapSpeed, type MapSpeed } from './ui/map.ts'
import { appMemory } from './ui/memory.ts'
import type { AppMemory } from './ui/memory.ts'
import { installProbe, measured, scrolled } from './ui/probe.ts'
import type { Outcome } from './ui/probe.ts'
import { withPreparedApp } from './ui/prepare.ts'
import { spread } from './ui/statistics.ts'
import type { Spread } from './ui/statistics.ts'

interface LibrarySpeed extends Pick<GeneratedLibrary, 'images' | 'wanted' | 'captions'> {
  /** From the click on a recent workspace to its images in the grid. */
  open: Spread
  /** From the key to the picture, name and candidates of the next image on screen. */
  nextImage: Spread
  /** From the input to the rows on screen; the search box waits 160 ms for more letters, which is in its figure. */
  filters: Record<string, Spread>
  orders: Record<string, Spread>
  /** … and to the last thumbnail in sight. */
  thumbnails: Spread
  /** The question alone: window → main → workspace process and back. */
  ids: Spread
  /** The counts beside the filter's lines alone. */
  counts: Record<string, Spread>
  /** From the key that accepts to the next image on screen. */
  decisions: Spread
  /** Intervals between frames in milliseconds. */
  scrolling: { slow: Spread; fast: Spread; framesWithEmptyCards: number }
  /** The longest that main did nothing else, in milliseconds, and the 99th percentile of its waits: 50 is the most that it may be busy. */
  mainHeldUp: { longest: number; p99: number }
  memory: AppMemory
  /** Null where they were not asked for. */
  map: MapSpeed | null
  looks: LookSpeed | null
}

export interface UiBenchmark {
  electron: string
  processors: number
  /** Load average of one minute at the beginning and at the end: what else the machine was doing. */
  load: { before: number; after: number }
  coldStart: { fromProcessStart: Spread; fromReady: Spread }
  libraries: LibrarySpeed[]
}

export async function run(args: string[]): Promise<UiBenchmark> {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string', default: '200,120000' },
      captions: { type: 'string', default: '1,3' },
      repeat: { type: 'string', default: '9' },
      starts: { type: 'string', default: '5' },
      map: { type: 'boolean', default: false },
      looks: { type: 'boolean', default: false },
      keep: { type: 'string' },
    },
  })
  const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'capstan-bench-')))
  try {
    return await withPreparedApp(() =>
      measure(folder, numbersIn(values.sizes), numbersIn(values.captions), Number(values.repeat), Number(values.starts), values),
    )
  } finally {
    if (values.keep === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What is measured only where it is asked for. */
interface Extras {
  map: boolean
  looks: boolean
}

const numbersIn = (list: string): number[] => list.split(',').map(Number)

async function measure(folder: string, sizes: number[], captions: number[], repeat: number, starts: number, more: Extras): Promise<UiBenchmark> {
  const before = loadavg()[0]
  const libraries: GeneratedLibrary[] = []
  for (const size of sizes)
    for (const wanted of captions) {
      const place = join(folder, `${size}-${wanted}`)
      say(`a workspace of ${size} images with ${wanted} captions by people each`)
      libraries.push(existsSync(place) ? libraryIn(place, size, wanted) : await writeLibrary(place, size, wanted))
    }
  if (more.map || more.looks) for (const library of libraries) await addMeasures(library.folder)
  const user = join(folder, 'user')
  await rm(user, { recursive: true, force: true })
  const cold = []
  for (let start = 0; start <= starts; start += 1) {
    say(`start ${start} of ${starts}`)
    const running = await startApp(user)
    cold.push(await coldStart(running))
    await running.close()
  }
  cold.shift() // the first one fills the system's file cache
  const speeds = []
  for (const library of libraries) speeds.push(await measureLibrary(user, library, repeat, more))
  const running = await startApp(user)
  const { electron } = await callVerb(running.window, 'app.info')
  await running.close()
  return {
    electron,
    processors: cpus().length,
    load: { before, after: loadavg()[0] },
    coldStart: { fromProcessStart: spread(cold.map((one) => one.fromProcessStart)), fromReady: spread(cold.map((one) => one.fromReady)) },
    libraries: speeds,
  }
}

async function measureLibrary(user: string, library: GeneratedLibrary, repeat: number, more: Extras): Promise<LibrarySpeed> {
  let running = await startApp(user)
  await callVerb(running.window, 'workspace.open', { folder: library.folder })
  await running.close()
  const opened: number[] = []
  for (let turn = 0; turn < Math.min(3, repeat); turn += 1) {
    running = await startApp(user)
    await installProbe(running.window)
    opened.push(await measured(running.window, 'library', () => running.window.locator('.recent').first().click()))
    if (turn + 1 < Math.min(3, repeat)) await running.close()
  }
  try {
    const { images, wanted, captions } = library
    const what = `${images} images, ${wanted} captions each`
    await watchMain(running)
    say(`${what}: filters and orders`)
    const { filters, orders, thumbnails } = await filtersAndOrders(running.window, repeat)
    const ids = await idsAlone(running.window, repeat)
    const counts = await countsAlone(running.window, repeat)
    say(`${what}: scrolling`)
    await running.window.getByLabel('Order by').selectOption('position')
    const slow = await scrolled(running.window, 12, 120)
    const fast = await scrolled(running.window, 900, 120)
    say(`${what}: the next image`)
    const nextImage = await nextImages(running, repeat * 4)
    const decisions = await decided(running, repeat)
    return {
      images,
      wanted,
      captions,
      open: spread(opened),
      nextImage,
      filters,
      orders,
      thumbnails,
      ids,
      counts,
      decisions,
      scrolling: { slow: spread(slow.intervals), fast: spread(fast.intervals), framesWithEmptyCards: fast.withEmptyCards },
      mainHeldUp: await mainHeldUp(running),
      memory: await appMemory(running),
      map: more.map ? await mapSpeed(running, repeat) : null,
      looks: more.looks ? await lookSpeed(running, repeat) : null,
    }
  } finally {
    await running.close()
  }
}

async function filtersAndOrders(page: Page, repeat: number): Promise<Pick<LibrarySpeed, 'filters' | 'orders' | 'thumbnails'>> {
  const box = (name: RegExp) => page.getByRole('complementary', { name: 'Filter' }).getByRole('checkbox', { name })
  const search = page.getByRole('searchbox')
  const lowest = page.getByLabel('Lowest score')
  const order = (by: string) => page.getByLabel('Order by').selectOption(by)
  /** Sets the filter and takes it back, `repeat` times; both directions count. */
  const there = async (set: () => Promise<unknown>, unset: () => Promise<unknown>, outcome: Outcome = 'rows'): Promise<Spread> => {
    const times: number[] = []
    for (let turn = 0; turn < repeat; turn += 1) for (const act of [set, unset]) times.push(await measured(page, outcome, act))
    return spread(times)
  }
  const toggle = (name: RegExp): Promise<Spread> =>
    there(
      () => box(name).click(),
      () => box(name).click(),
    )
  const filters: Record<string, Spread> = {
    state: await toggle(/Pending/),
    split: await toggle(/Dev/),
    captioned: await toggle(/^Captioned/),
    errorType: await toggle(/^Object/),
    author: await toggle(/^Ada/),
    score: await there(
      () => lowest.fill('1').then(() => lowest.press('Enter')),
      () => lowest.fill('').then(() => lowest.press('Enter')),
    ),
    text: await there(
      () => search.fill('tree'),
      () => search.fill(''),
    ),
    textOfTwoWords: await there(
      () => search.fill('the left'),
      () => search.fill(''),
    ),
  }
  await box(/Pending/).click()
  await box(/Train/).click()
  await lowest.fill('0.2')
  filters['textWithStateSplitAndScore'] = await there(
    () => search.fill('the'),
    () => search.fill(''),
  )
  await page.getByRole('button', { name: /^Clear/ }).click()
  const orders: Record<string, Spread> = {}
  for (const by of ['name', 'score', 'log-probability', 'state', 'updated'])
    orders[by] = await there(
      () => order(by),
      () => order('position'),
    )
  orders['reversed'] = await there(
    () => page.getByRole('button', { name: /^Ascending/ }).click(),
    () => page.getByRole('button', { name: /^Descending/ }).click(),
  )
  const thumbnails = await there(
    () => box(/Corrected/).click(),
    () => box(/Corrected/).click(),
    'thumbnails',
  )
  return { filters, orders, thumbnails }
}

const idsAlone = (page: Page, repeat: number): Promise<Spread> => answered(page, 'library.ids', { filter: {}, sort: {} }, repeat)

/** The counts without a filter, and with one of each kind that leaves them much to go through. */
async function countsAlone(page: Page, repeat: number): Promise<Record<string, Spread>> {
  const filters = {
    none: {},
    state: { states: ['pending'] },
    author: { authors: ['Ada'] },
    text: { text: 'the' },
    two: { states: ['pending'], authors: ['Ada'] },
  }
  const counts: Record<string, Spread> = {}
  for (const [name, filter] of Object.entries(filters)) counts[name] = await answered(page, 'library.facets', { filter }, repeat)
  return counts
}

async function nextImages({ window }: RunningApp, count: number): Promise<Spread> {
  await window.getByRole('button', { name: 'Review', exact: true }).click()
  await window.locator('button.candidate').first().waitFor()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const times: number[] = []
  for (let turn = 0; turn < count; turn += 1) {
    times.push(await measured(window, 'next-image', () => window.keyboard.press('ArrowRight'), true))
    await new Promise((resolve) => setTimeout(resolve, 150)) // a person looks at a picture longer than that
  }
  return spread(times)
}

/** Accepts candidates of photos in Review that nobody has begun, one after the other. */
async function decided({ window }: RunningApp, count: number): Promise<Spread> {
  const times: number[] = []
  for (let turn = 0; turn < count; turn += 1) {
    do {
      await window.keyboard.press('n')
      await new Promise((resolve) => setTimeout(resolve, 600))
    } while (await window.locator('.head', { hasText: 'Draft' }).isVisible()) // a draft's words are saved or taken back, not accepted
    await new Promise((resolve) => setTimeout(resolve, 300)) // what has only just appeared asks before it is decided
    times.push(await measured(window, 'next-image', () => window.keyboard.press('a'), true))
  }
  return spread(times)
}

function say(what: string): void {
  process.stderr.write(`${what}\n`)
}
