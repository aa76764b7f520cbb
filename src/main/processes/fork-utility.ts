/** Electron's utility process as the supervisor's `ChildProcess`. */
import { utilityProcess } from 'electron'
import { closingNullFile } from './null-files.ts'
import { workerFile } from '../settings/folders.ts'
import type { WorkerEntry } from './worker-entries.ts'
import type { ChildProcess } from './worker-host.ts'

const living = new Set<ChildProcess>()

/** Ends every process that is left, those that were stopped too, before main ends. */
export function killAll(): void {
  for (const child of living) child.kill()
}

/** Forks the built entry file `workers/<entry>.js`; `name` is what the system's process list shows. */
export function forkUtility(entry: WorkerEntry, name: string = entry): ChildProcess {
  const { started: child, close } = closingNullFile(() =>
    utilityProcess.fork(workerFile(entry), [], {
      serviceName: `Capstan ${name}`,
      stdio: 'inherit',
    }),
  )
  child.once('spawn', close)
  const forked: ChildProcess = {
    get pid() {
      return child.pid
    },
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
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
