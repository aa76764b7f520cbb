/** What a process and all that it starts have open, as Linux's /proc tells it, looked at again and again while they work. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Watched {
  /** Command lines of all processes that were seen, by process id. */
  commands: Map<number, string>
  /** Sockets that wait for connections: `127.0.0.1:9222 of 4711`, in the system's own writing. */
  listening: Set<string>
  /** Files that were mapped into some process (libraries, modules), by command line. */
  mapped: Map<string, Set<string>>
  /** Names of the variables that a process was started with, by command line. */
  variables: Map<string, Set<string>>
}

const every = 200 // milliseconds

/** Watches until `end` is called, which gives what was seen. */
export function watchProcesses(root: number): { end(): Watched } {
  const seen: Watched = { commands: new Map(), listening: new Set(), mapped: new Map(), variables: new Map() }
  const look = (): void => {
    for (const pid of descendants(root)) {
      try {
        lookAt(pid, seen)
      } catch {
        // it ended meanwhile
      }
    }
  }
  look()
  const timer = setInterval(look, every)
  return {
    end: () => {
      clearInterval(timer)
      look()
      return seen
    },
  }
}

function lookAt(pid: number, seen: Watched): void {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  if (command === '') return // one that has ended
  seen.commands.set(pid, command)
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  addTo(seen.variables, command, variables.map((variable) => variable.split('=')[0]).filter(Boolean))
  const files = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
  addTo(
    seen.mapped,
    command,
    files.flatMap((line) => /\s(\/.*)$/.exec(line)?.[1] ?? []),
  )
  for (const address of listeningSockets(pid)) seen.listening.add(`${address} of ${pid}: ${command.slice(0, 200)}`)
}

function addTo(map: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  const known = map.get(key) ?? new Set<string>()
  for (const value of values) known.add(value)
  map.set(key, known)
}

/** A process, those it started, those they started. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      // The name in brackets may hold anything; the parent is the second word behind it.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)])
    } catch {
      // it ended meanwhile
    }
  }
  const found: number[] = []
  const visit = (pid: number): void => {
    found.push(pid)
    for (const child of children.get(pid) ?? []) visit(child)
  }
  visit(root)
  return found
}

/** State 0A of the tables of TCP sockets is LISTEN. */
function listeningSockets(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((file) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${file}`))?.[1] ?? []
      } catch {
        return [] // closed meanwhile
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((row) => {
        const [, address, , state, , , , , , inode] = row.trim().split(/\s+/)
        return state === '0A' && own.has(inode) ? [address] : []
      }),
  )
}
