/** On a virtual display nobody sees the window: with CAPSTAN_SCREENSHOT set, a picture of it is kept fresh at that path. */
import type { BrowserWindow } from 'electron'
import { writeWhole } from '#engine/files/write-whole.ts'
import { logError } from '#engine/log/log.ts'

const every = 3000

export function keepScreenshot(window: BrowserWindow, file: string): void {
  let busy = false
  const timer = setInterval(() => {
    if (busy || window.isDestroyed()) return
    busy = true
    void window.webContents
      .capturePage()
      .then(async (image) => {
        if (image.isEmpty()) return
        await writeWhole(file, image.toPNG())
      })
      .catch((error: unknown) => logError('No screenshot', error))
      .finally(() => (busy = false))
  }, every)
  window.on('closed', () => clearInterval(timer))
}
