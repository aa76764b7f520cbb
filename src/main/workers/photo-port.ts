/** A worker's line to a decoder process of its own, which main starts when it is asked for one. */
import type {} from 'electron'
import { photoLine, type PhotoPort } from '#engine/vision/photos/photo-line.ts'
import { decodeElsewhere } from '#engine/vision/photos/photo-tasks.ts'
import { photoPortWanted } from '../processes/photo-port-wanted.ts'

/** Electron's port as the engine's. */
export function photoPortOf(port: Electron.MessagePortMain): PhotoPort {
  port.start()
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', ({ data }) => listener(data)),
    onClose: (listener) => void port.on('close', listener),
    close: () => port.close(),
  }
}

/** From now on photos are decoded in a process beside this one; in plain Node (the tests' workers) they still are in this. */
export function decodeBeside(): void {
  const parent: Electron.ParentPort | undefined = process.parentPort
  if (parent === undefined) return
  const waiting: ((port: PhotoPort) => void)[] = []
  parent.on('message', ({ ports: [port] }) => {
    if (port !== undefined) waiting.shift()?.(photoPortOf(port))
  })
  decodeElsewhere(
    photoLine(
      () =>
        new Promise((resolve) => {
          waiting.push(resolve)
          parent.postMessage(photoPortWanted)
        }),
    ),
  )
}
