/** The map of Failures over a generated workspace: how long it is computed, opened and coloured, and how smoothly it moves. */
import type { Page } from 'playwright-core'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { promotedModel } from '#engine/workspace/repositories/models.ts'
import { callVerb, finished, type RunningApp } from '../../support/app.ts'
import { generateMeasures } from '../../support/large-library.ts'
import { answered } from './answered.ts'
import { spread, type Spread } from './statistics.ts'

export interface MapSpeed {
  /** Seconds of the job; null where it was computed before. */
  computed: number | null
  /** The questions alone: its points, which of them a filter leaves, what colours them. */
  open: Spread
  left: Spread
  colours: Spread
  /** What draws: a graphics card or what imitates one (`webgl`), or the page by itself (`plain`). */
  drawnBy: string
  /** Intervals between frames while it is dragged, in milliseconds. */
  frames: Spread
}

const look = { set: 'all', metric: 'CIDEr', basis: 'captions', encoderId: null, otherId: null } as const

/** Gives a generated workspace what a scored set has: measures of every caption, and an evaluation. */
export async function addMeasures(workspace: string): Promise<void> {
  const database = await openDatabase(workspace, false)
  try {
    if (database.prepare('SELECT 1 FROM caption_measure LIMIT 1').get() !== undefined) return
    generateMeasures(database)
    const number = promotedModel(database)?.number
    database
      .prepare(
        `INSERT INTO evaluation (model_number, image_set, images, scores, beam, document_frequency_number, created_at)
         SELECT ?, 'all', (SELECT count(*) FROM image), '{"CIDEr":1}', 3, number, '2026-01-01T00:00:00.000Z' FROM document_frequency LIMIT 1`,
      )
      .run(number)
  } finally {
    closeDatabase(database)
  }
}

/** Of the workspace that is open, which has measures. */
export async function mapSpeed({ window }: RunningApp, repeat: number): Promise<MapSpeed> {
  const model = (await callVerb(window, 'models.list')).find(({ promoted }) => promoted)
  const asked = { ...look, modelId: model?.id ?? '' }
  const { modelId, set, basis, encoderId } = asked
  let computed: number | null = null
  if ((await callVerb(window, 'maps.open', { modelId, set, basis, encoderId })) === null) {
    const begun = performance.now()
    await finished(window, (await callVerb(window, 'maps.start', { modelId, set, basis, encoderId })).id)
    computed = (performance.now() - begun) / 1000
  }
  const filters = [{ by: 'range', side: 'model', measure: 'words', from: 7, to: 9 } as const]
  const open = await answered(window, 'maps.open', { modelId, set, basis, encoderId }, repeat)
  const left = await answered(window, 'maps.left', { ...asked, filters }, repeat)
  const colours = await answered(window, 'maps.colours', { ...asked, colour: { by: 'measure', side: 'model', measure: 'score' } }, repeat)
  await window.keyboard.press('Control+6')
  const card = window.getByRole('region', { name: 'Map', exact: true })
  await card.getByRole('button', { name: /^Map/ }).click({ timeout: 120_000 })
  const canvas = card.locator('canvas')
  await canvas.waitFor({ timeout: 120_000 })
  await canvas.scrollIntoViewIfNeeded()
  const frames = await dragged(window, 120)
  return { computed, open, left, colours, drawnBy: (await canvas.getAttribute('data-drawn-by')) ?? '', frames: spread(frames) }
}

/** Drags the map to and fro, a little every frame; the frames' intervals. */
function dragged(page: Page, frames: number): Promise<number[]> {
  return page.evaluate(
    (count) =>
      new Promise((resolve) => {
        const map = document.querySelector('[role=application]')
        if (map === null) throw new Error('There is no map.')
        map.setPointerCapture = () => undefined
        const box = map.getBoundingClientRect()
        const at = (type: string, step: number): void => {
          const [clientX, clientY] = [box.left + box.width / 2 + 40 * Math.sin(step / 9), box.top + box.height / 2 + 30 * Math.cos(step / 9)]
          map.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX, clientY }))
        }
        const intervals: number[] = []
        let last = performance.now()
        at('pointerdown', 0)
        const frame = (time: number): void => {
          intervals.push(time - last)
          last = time
          at('pointermove', 3 + intervals.length)
          if (intervals.length <= count) requestAnimationFrame(frame)
          else resolve(intervals.slice(2))
        }
        requestAnimationFrame(frame)
      }),
    frames,
  )
}
