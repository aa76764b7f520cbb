/** The app has no network: every request to one is refused and counted, in every session. Only `npm run dev` reaches its own server. */
import { app } from 'electron'
import type { Session } from 'electron'
import { devServer, isOfDevServer } from './dev-server.ts'

const peerPolicy = 'disable_non_proxied_udp'

let refused = 0

export function refusedRequests(): number {
  return refused
}

/** Chromium's switches that close what no request handler sees; before the app is ready. */
export function forbidNetworkEarly(): void {
  const { commandLine } = app
  // No name is looked up, and nothing is asked of a proxy's configuration. Names of this machine are no exception.
  const server = devServer()
  commandLine.appendSwitch('host-resolver-rules', `MAP * ~NOTFOUND${server === undefined ? '' : `, EXCLUDE ${server.hostname}`}`)
  commandLine.appendSwitch('no-proxy-server')
  // No requests and probes of Chromium's own.
  commandLine.appendSwitch('disable-background-networking')
  commandLine.appendSwitch('disable-component-update')
  commandLine.appendSwitch('disable-domain-reliability')
  commandLine.appendSwitch('disable-sync')
  commandLine.appendSwitch('no-pings')
  commandLine.appendSwitch('disable-features', 'WebRtcHideLocalIpsWithMdns') // its responder would join a multicast group
  // Peer connections find no way out: no UDP but through a proxy, and there is none.
  commandLine.appendSwitch('webrtc-ip-handling-policy', peerPolicy)
  commandLine.appendSwitch('force-webrtc-ip-handling-policy', peerPolicy) // its name in older versions
  app.on('web-contents-created', (_event, contents) => contents.setWebRTCIPHandlingPolicy(peerPolicy))
}

/** Refuses http, https, ws, wss and ftp in every session that comes up; `onRefused` gets the new count. Returns what counts a refusal made elsewhere. */
export function forbidNetwork(onRefused: (count: number) => void): (address: string) => void {
  const count = (address: string): boolean => {
    const network = /^(https?|wss?|ftp):/i.test(address) && !isOfDevServer(address, devServer())
    if (network) onRefused(++refused)
    return network
  }
  const guard = (session: Session): void => {
    session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: count(details.url) }))
    // Chromium fetches its speller's dictionary as soon as a session is there, past every handler of requests.
    session.setSpellCheckerDictionaryDownloadURL('capstan://app/')
    session.setSpellCheckerLanguages([])
    session.setSpellCheckerEnabled(false)
  }
  app.on('session-created', guard)
  return (address) => void count(address)
}
