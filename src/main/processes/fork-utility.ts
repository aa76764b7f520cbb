/** Electron's utility process as the supervisor's `ChildProcess`. */
import { MessageChannelMain, utilityProcess, type UtilityProcess } from 'electron'
import { closingNullFile } from './null-files.ts'
import { workerFile } from '../settings/folders.ts'
import { isPhotoPortWanted } from './photo-port-wanted.ts'
import type { WorkerEntry } from './worker-entries.ts'
import type { ChildProcess } from './worker-host.ts'

const living = new Set<ChildProcess>()

/** Ends every process that is left, those that were stopped too, before main ends. */
export function killAll(): void {
  for (const child of living) child.kill()
}

/**
 * Forks the built entry file `workers/<entry>.js`; `name` is what the system's process list shows. A worker that wants a decoder gets one of its own: a
 * process at the other end of a port, which ends with it.
 */
export function forkUtility(entry: WorkerEntry, name: string = entry): ChildProcess {
  const child = start(entry, name)
  child.on('message', (message) => {
    if (isPhotoPortWanted(message)) giveDecoder(child, entry)
  })
  return supervised(child)
}

function start(entry: WorkerEntry, name: string): UtilityProcess {
  const { started: child, close } = closingNullFile(() =>
    utilityProcess.fork(workerFile(entry), [], {
      serviceName: `Capstan ${name}`,
      stdio: 'inherit',
    }),
  )
  child.once('spawn', close)
  return child
}

function giveDecoder(child: UtilityProcess, asker: WorkerEntry): void {
  const { port1, port2 } = new MessageChannelMain()
  const decoder = start('photos', `photos of ${asker}`)
  supervised(decoder)
  decoder.postMessage(asker, [port1])
  child.postMessage(null, [port2])
}

/** Ended with the others by `killAll`. */
function supervised(child: UtilityProcess): ChildProcess {
  const forked: ChildProcess = {
    get pid() {
      return child.pid
    },
    send: (message) => child.postMessage(message),
    onMessage: (listener) =>
      void child.on('message', (message) => {
        if (!isPhotoPortWanted(message)) listener(message)
      }),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => {
      if (child.pid === undefined) child.kill()
      else killNow(child.pid)
    },
  }
  living.add(forked)
  child.on('exit', () => living.delete(forked))
  return forked
}

/** A process inside a native call hears no polite signal. */
function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended in the same moment
  }
}
