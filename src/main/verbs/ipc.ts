/** The one way in from the window: a verb's name and its input. The sender must be our page's top frame; whatever goes wrong comes back as an ErrorReport. */
import { ipcMain } from 'electron'
import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron'
import type { ApiEvents, EventName, Reply } from '#shared/api.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { logError, logSlow } from '#engine/log/log.ts'
import { pageAddress } from '../window/window.ts'

/** Checks the input, which nobody has looked at yet, and answers. */
export type Answer = (name: string, input: unknown) => Promise<unknown>

/** Milliseconds from which a verb is slow. What waits for a person is not. */
const slowFrom = 500
const waitsForPeople = /^dialog\./

/** Answers the window's calls with `answer`. */
export function serveCalls(answer: Answer): void {
  ipcMain.handle('capstan:call', async (event, name: unknown, input: unknown): Promise<Reply<unknown>> => {
    const started = performance.now()
    try {
      checkSender(event)
      if (typeof name !== 'string') throw new AppError('bad-input', 'A call names its verb.')
      return { ok: true, value: await answer(name, input) }
    } catch (error) {
      const report = toReport(error)
      if (report.code === 'internal') logError(`Verb ${String(name)}`, error)
      return { ok: false, error: report }
    } finally {
      const milliseconds = performance.now() - started
      if (milliseconds >= slowFrom && !waitsForPeople.test(String(name))) logSlow(`verb ${String(name)}`, milliseconds)
    }
  })
}

/** Hears from the page's bridge which addresses the page's own policy refused: these requests reach no handler of main's. */
export function hearRefusals(count: (address: string) => void): void {
  ipcMain.on('capstan:refused', (event, address: unknown) => {
    if (isOurPage(event) && typeof address === 'string') count(address)
  })
}

function checkSender(event: IpcMainInvokeEvent): void {
  if (!isOurPage(event)) throw new AppError('not-permitted', 'The request did not come from the app’s own page.')
}

function isOurPage({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.url.split(/[?#]/)[0] === pageAddress
}

/** Tells the window an event. */
export function sendEvent<Name extends EventName>(window: BrowserWindow | undefined, name: Name, payload: ApiEvents[Name]): void {
  if (window !== undefined && !window.isDestroyed()) window.webContents.send('capstan:event', name, payload)
}
