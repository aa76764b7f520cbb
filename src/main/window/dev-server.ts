/** Under `npm run dev` the page comes from Vite's server on this machine, which electron-vite names in the environment. An installed app has none. */
import { app } from 'electron'

export function devServer(): URL | undefined {
  const address = process.env['ELECTRON_RENDERER_URL']
  return app.isPackaged || address === undefined ? undefined : new URL(address)
}

/** Vite's server over http, and its socket for hot updates. */
export function isOfDevServer(url: string, server: URL | undefined): boolean {
  if (server === undefined) return false
  const { protocol, host } = new URL(url)
  return host === server.host && (protocol === server.protocol || protocol === 'ws:')
}
