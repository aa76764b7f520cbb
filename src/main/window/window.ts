/** The one window: sandboxed, without Node, and with nowhere else to go. */
import { app, BrowserWindow, nativeTheme, screen } from 'electron'
import type { WebContents } from 'electron'
import { preloadFile, shippedResource } from '../settings/folders.ts'
import { boundsOn, type WindowPlace } from './window-place.ts'

export const pageAddress = 'capstan://app/index.html'

/** Creates the window and shows it, at its place, once it has something to show. */
export function createWindow(place: WindowPlace): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Capstan',
    ...boundsOn(
      screen.getAllDisplays().map(({ workArea }) => workArea),
      place,
    ),
    minWidth: 960,
    minHeight: 640,
    show: false,
    ...(process.platform === 'darwin' ? {} : { icon: shippedResource('icon.png') }), // macOS takes it from the app's bundle
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15181c' : '#f7f7f5',
    webPreferences: {
      preload: preloadFile(),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
    },
  })
  window.once('ready-to-show', () => {
    if (place.maximized) window.maximize()
    window.show()
  })
  void window.loadURL(pageAddress)
  return window
}

/** No page of the app opens another window, embeds a web view or goes anywhere. */
export function confineContents(): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-navigate', (event) => {
      if (event.url !== pageAddress) event.preventDefault()
    })
    contents.on('will-frame-navigate', (event) => {
      if (event.url !== pageAddress) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
  })
}
