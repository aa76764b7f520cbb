/** The line to the parent: Electron's in a utility process, Node's in a child process of the tests. */
import type {} from 'electron'
import type { FromWorker } from '../processes/worker-protocol.ts'

export interface ParentLine {
  send(message: FromWorker): void
  onMessage(listener: (message: unknown) => void): void
}

export function parentLine(): ParentLine {
  const port: Electron.ParentPort | undefined = process.parentPort
  if (port !== undefined)
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) =>
        void port.on('message', ({ data, ports }) => {
          if (ports.length === 0) listener(data) // what comes with a port is the line to the decoder
        }),
    }
  process.on('disconnect', () => process.exit(0)) // no parent, no work
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
  }
}
