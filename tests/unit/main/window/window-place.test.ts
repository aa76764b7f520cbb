import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boundsOn, readWindowPlace } from '../../../../src/main/window/window-place.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const screens = [
  { x: 0, y: 0, width: 1920, height: 1080 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
]

test('a window opens where it was', () => {
  const bounds = { x: 2000, y: 20, width: 1000, height: 700 }
  expect(boundsOn(screens, { bounds, maximized: false })).toEqual(bounds)
})

test('a window whose screen is gone keeps its size, in the middle of the first screen', () => {
  const bounds = { x: 2000, y: 20, width: 1000, height: 700 }
  expect(boundsOn(screens.slice(0, 1), { bounds, maximized: false })).toEqual({ width: 1000, height: 700 })
})

test('a window is never larger than the screen', () => {
  expect(boundsOn([{ x: 0, y: 0, width: 1280, height: 760 }], { maximized: false })).toEqual({ width: 1280, height: 760 })
  expect(boundsOn(screens, { maximized: false })).toEqual({ width: 1440, height: 900 })
})

test('a file that says something else is passed over', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'window.json'), '{"bounds":{"x":"left"}}')
  expect(await readWindowPlace(folder)).toEqual({ maximized: false })
})
