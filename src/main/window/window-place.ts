/** Where the window was and how large, from one start to the next, and never beyond the screens that are there. */

import { join } from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import { z } from 'zod'
import { writeWholeSync } from '#engine/files/write-whole.ts'
import { logError } from '#engine/log/log.ts'
import { readJsonFile } from '../settings/json-file.ts'

const whole = z.int()
const placeSchema = z.object({
  /** Of the window when it fills no screen. */
  bounds: z.object({ x: whole, y: whole, width: whole.positive(), height: whole.positive() }).optional(),
  maximized: z.boolean(),
})
export type WindowPlace = z.infer<typeof placeSchema>

const firstSize = { width: 1440, height: 900 }
const fileOf = (userFolder: string): string => join(userFolder, 'window.json')

export function readWindowPlace(userFolder: string): Promise<WindowPlace> {
  return readJsonFile(fileOf(userFolder), placeSchema, { maximized: false })
}

/** Bounds for a new window: those it had, where they are inside a screen's work area; else a place in the middle of the first screen. */
export function boundsOn(workAreas: readonly Rectangle[], { bounds }: WindowPlace): Rectangle | { width: number; height: number } {
  if (bounds !== undefined && workAreas.some((area) => holds(area, bounds))) return bounds
  const { width, height } = bounds ?? firstSize
  const [first] = workAreas
  return first === undefined ? { width, height } : { width: Math.min(width, first.width), height: Math.min(height, first.height) }
}

function holds(area: Rectangle, { x, y, width, height }: Rectangle): boolean {
  return x >= area.x && y >= area.y && x + width <= area.x + area.width && y + height <= area.y + area.height
}

/** Remembers a window's place when it closes, at once: the app may end right after. Where that cannot be written, the next start just does not know. */
export function rememberPlace(window: BrowserWindow, userFolder: string): void {
  window.on('close', () => {
    const place: WindowPlace = { bounds: window.getNormalBounds(), maximized: window.isMaximized() }
    try {
      writeWholeSync(fileOf(userFolder), JSON.stringify(place))
    } catch (error) {
      logError('The window’s place', error)
    }
  })
}
