/** The application menu. What concerns the page is sent to it as a command; the rest are the platform's own roles. */
import { app, Menu } from 'electron'
import type { MenuItemConstructorOptions } from 'electron'
import type { ApiEvents } from '#shared/api.ts'

type Command = ApiEvents['command']['name']

/** `changed`: ids of the page's shortcuts whose keys the person changed; the menu leaves those to the page. */
export function setMenu(command: (name: Command) => void, changed: ReadonlySet<string>): void {
  const item = (label: string, name: Command, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => command(name),
    ...(accelerator === undefined ? {} : { accelerator }),
  })
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const mac = process.platform === 'darwin'
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
      {
        label: '&File',
        submenu: [
          item('New workspace…', 'new-workspace', 'CmdOrCtrl+Shift+N'),
          item('Open workspace…', 'open-workspace', 'CmdOrCtrl+O'),
          item('Open the sample', 'open-sample'),
          item('Close workspace', 'close-workspace'),
          separator,
          item('Import…', 'import', changed.has('library.import') ? undefined : 'CmdOrCtrl+I'),
          item('Export…', 'export', changed.has('library.export') ? undefined : 'CmdOrCtrl+E'),
          separator,
          item('Settings', 'show-settings', 'CmdOrCtrl+,'),
          separator,
          mac ? { role: 'close' } : { role: 'quit' },
        ],
      },
      {
        label: '&Edit',
        submenu: [
          // The page decides whether the editor or the review takes it; the key itself stays the page's.
          { ...item('Undo', 'undo', changed.has('everywhere.undo') ? undefined : 'CmdOrCtrl+Z'), registerAccelerator: false },
          { ...item('Redo', 'redo', changed.has('everywhere.redo') ? undefined : 'CmdOrCtrl+Shift+Z'), registerAccelerator: false },
          separator,
          { role: 'cut' },
          { role: 'copy' },
          { role: 'paste' },
        ],
      },
      {
        label: '&View',
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          separator,
          { role: 'togglefullscreen' },
          ...(app.isPackaged ? [] : [separator, { role: 'toggleDevTools' } satisfies MenuItemConstructorOptions]),
        ],
      },
      { label: '&Help', submenu: [item('Keyboard shortcuts', 'show-shortcuts')] },
    ]),
  )
}
