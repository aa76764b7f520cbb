/** A worker entry as a plain Node child process: the same protocol, without Electron. */
import { fork } from 'node:child_process'
import type { ChildProcess } from '../../src/main/processes/worker-host.ts'

/** Forks a TypeScript entry file; its output is shown. */
export function forkNode(entry: string, environment: Record<string, string> = {}): ChildProcess {
  const child = fork(entry, [], { env: { ...process.env, ...environment }, serialization: 'advanced', stdio: 'inherit' })
  return {
    get pid() {
      return child.pid
    },
    send: (message) => {
      if (child.connected) child.send(message)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', (code, signal) => listener(code ?? (signal === 'SIGKILL' ? 137 : 1))),
    kill: () => void child.kill('SIGKILL'),
  }
}
