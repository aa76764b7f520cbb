/** One process that is killed at a random moment, or ended by a deadline. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Ended {
  /** What it had written on its standard output, whole lines. */
  lines: string[]
  errors: string
  /** It came to its end before it was killed. */
  finished: boolean
  code: number | null
  /** Milliseconds from its first line, or from its start without one. */
  ran: number
}

/** Starts a child of children/ and kills it without warning `after` milliseconds: from its first line, or with `from: 'start'` from the beginning. */
export function killedChild(name: string, parameters: readonly string[], after: number, from: 'start' | 'first line' = 'first line'): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'children', `${name}.ts`), ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [told, errors] = [[] as Buffer[], [] as Buffer[]]
    let began = Date.now()
    let timer: ReturnType<typeof setTimeout> | undefined
    let killed = false
    const killSoon = (): void => {
      began = Date.now()
      timer = setTimeout(() => {
        killed = true
        child.kill('SIGKILL')
      }, after)
    }
    if (from === 'start') killSoon()
    child.stdout.on('data', (data: Buffer) => {
      if (timer === undefined) killSoon()
      told.push(data)
    })
    child.stderr.on('data', (data: Buffer) => errors.push(data))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      const text = Buffer.concat(told).toString()
      const lines = text
        .slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line !== '')
      resolve({ lines, errors: Buffer.concat(errors).toString(), finished: !killed, code, ran: Date.now() - began })
    })
  })
}

/** Lets a child of children/ come to its end, or ends it at the deadline. */
export function deadlineChild(name: string, parameters: readonly string[], deadline: number): Promise<Ended> {
  return killedChild(name, parameters, deadline, 'start')
}
