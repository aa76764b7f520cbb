/**
 * The one way in from the window: a verb's name and its input. The sender must be our page's top frame and the input must pass the verb's
 * schema; whatever goes wrong comes back as an ErrorReport.
 */
import { ipcMain } from 'electron'
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron'
import { findVerb } from '#shared/api.ts'
import type { ApiEvents, EventName, Reply } from '#shared/api.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { pageAddress } from '../window/window.ts'

export type Answer = (name: string, owner: 'main' | 'workspace', input: unknown) => Promise<unknown>

/** Answers the window's calls with `answer`. */
export function serveCalls(answer: Answer): void {
  ipcMain.handle('capstan:call', async (event, name: unknown, input: unknown): Promise<Reply<unknown>> => {
    try {
      checkSender(event)
      const verb = typeof name === 'string' ? findVerb(name) : undefined
      if (verb === undefined || typeof name !== 'string') throw new AppError('bad-input', `There is no verb "${String(name)}".`)
      const parsed = verb.input.safeParse(input)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        throw new AppError('bad-input', `${name}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`.replace(': :', ':'), {
          kept: 'Nothing was changed.',
        })
      }
      return { ok: true, value: await answer(name, verb.owner, parsed.data) }
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
