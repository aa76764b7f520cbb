/** The app has no network: every request to one is refused and counted, in every session. */
import { app } from 'electron'
import type { Session } from 'electron'

let refused = 0

export function refusedRequests(): number {
  return refused
}

/** Before the app is ready: no name resolution, no background requests of Chromium's own. */
export function forbidNetworkEarly(): void {
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND')
  app.commandLine.appendSwitch('disable-background-networking')
  app.commandLine.appendSwitch('disable-component-update')
}

/** Refuses http, https, ws, wss and ftp in every session that comes up; `onRefused` gets the new count. */
export function forbidNetwork(onRefused: (count: number) => void): void {
  const guard = (session: Session): void => {
    session.webRequest.onBeforeRequest((details, decide) => {
      const network = /^(https?|wss?|ftp):/i.test(details.url)
      decide({ cancel: network })
      if (network) onRefused(++refused)
    })
    session.setSpellCheckerEnabled(false) // it would fetch dictionaries
  }
  app.on('session-created', guard)
}
