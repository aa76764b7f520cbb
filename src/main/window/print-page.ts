/** Prints a page that we wrote as PDF: in a window that nobody sees, sandboxed, without scripts, with nothing to load from. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { BrowserWindow } from 'electron'

/** Writes the file; it must not be there yet. */
export async function printPage(page: string, file: string): Promise<void> {
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      partition: `print-${randomUUID()}`, // a session in memory, of its own, under the same refusals as every other
      javascript: false,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  })
  try {
    await window.loadFile(page)
    await writeFile(file, await window.webContents.printToPDF({ printBackground: true, preferCSSPageSize: true, pageSize: 'A4', generateTaggedPDF: true }), {
      flag: 'wx',
    })
  } finally {
    window.destroy()
  }
}
