/** The bridge: the contract's verbs and events for the page, and nothing else. */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { IpcRendererEvent } from 'electron'
import { findVerb } from '#shared/api.ts'
import type { EventName } from '#shared/api.ts'

/** The page's document: the one thing of the DOM that the bridge touches. */
declare const document: { addEventListener(name: 'securitypolicyviolation', listener: (event: { blockedURI: string }) => void): void }

const eventNames: Record<EventName, true> = {
  jobChanged: true,
  trainingPoint: true,
  trainingSample: true,
  workspaceChanged: true,
  photosReplaced: true,
  workspaceOpened: true,
  providerChanged: true,
  providerTrial: true,
  networkRefused: true,
  settingsChanged: true,
  command: true,
}

// What the page's own policy refuses counts, too.
document.addEventListener('securitypolicyviolation', (event) => ipcRenderer.send('capstan:refused', event.blockedURI))

contextBridge.exposeInMainWorld('capstan', {
  call: (name: string, input?: unknown): Promise<unknown> => {
    if (findVerb(name) === undefined) return Promise.reject(new Error(`There is no verb "${name}".`))
    return ipcRenderer.invoke('capstan:call', name, input)
  },
  // The page sees a dropped file without its path.
  pathOf: (file: unknown): string => (file instanceof File ? webUtils.getPathForFile(file) : ''),
  on: (name: string, listener: (payload: unknown) => void): (() => void) => {
    if (!Object.hasOwn(eventNames, name)) throw new Error(`There is no event "${name}".`)
    const forward = (_event: IpcRendererEvent, sent: unknown, payload: unknown): void => {
      if (sent === name) listener(payload)
    }
    ipcRenderer.on('capstan:event', forward)
    return () => void ipcRenderer.off('capstan:event', forward)
  },
})
