/** The one way in from the window: a verb's name and its input. The sender must be our page's top frame; whatever goes wrong comes back as an ErrorReport. */
import { ipcMain } from 'electron'
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron'
import type { ApiEvents, EventName, Reply } from '#shared/api.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { pageAddress } from '../window/window.ts'

/** Checks the input, which nobody has looked at yet, and answers. */
export type Answer = (name: string, input: unknown) => Promise<unknown>

/** Answers the window's calls with `answer`. */
export function serveCalls(answer: Answer): void {
  ipcMain.handle('capstan:call', async (event, name: unknown, input: unknown): Promise<Reply<unknown>> => {
    try {
      checkSender(event)
      if (typeof name !== 'string') throw new AppError('bad-input', 'A call names its verb.')
      return { ok: true, value: await answer(name, input) }
    } catch (error) {
      const report = toReport(error)
      if (report.code === 'internal') console.error(name, error)
      return { ok: false, error: report }
    }
  })
}

function checkSender(event: IpcMainInvokeEvent): void {
  const frame = event.senderFrame
  if (frame === null || frame.parent !== null || frame.url.split(/[?#]/)[0] !== pageAddress)
    throw new AppError('not-permitted', 'The request did not come from the app’s own page.')
}

/** Tells the window an event. */
export function sendEvent<Name extends EventName>(window: BrowserWindow | undefined, name: Name, payload: ApiEvents[Name]): void {
  if (window !== undefined && !window.isDestroyed()) window.webContents.send('capstan:event', name, payload)
}
