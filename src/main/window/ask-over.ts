/** A question of main's own: over the window where there is one. */
import { dialog, type BrowserWindow, type MessageBoxOptions, type MessageBoxReturnValue } from 'electron'

export function askOver(window: BrowserWindow | undefined, question: MessageBoxOptions): Promise<MessageBoxReturnValue> {
  return window === undefined || window.isDestroyed() ? dialog.showMessageBox(question) : dialog.showMessageBox(window, question)
}
