/**
 * A network of its own for a session: empty but for a name server and a listener that write down whoever comes, on a machine where every
 * address leads to itself. One packet of any process in it is one too many.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../scripts/command.ts'
import { ensurePrograms } from '../../scripts/electron/ensure-system.ts'

export interface Recorded {
  /** names that were looked up */
  lookUps: string[]
  /** addresses and ports that were connected to */
  connections: string[]
  /** packets that left any process, loopback included */
  packets: number
}

export interface SilentNetwork {
  /** the words before a command that start it inside */
  prefix: string[]
  recorded(): Recorded
  close(): void
}

/** `lo` and one ordinary interface (peer connections pass over loopback); whatever address is asked for is this machine's own. */
const setUp = `set -e
ip link set lo up
ip link add ether0 type veth peer name ether1
ip link set ether0 addrgenmode none
ip link set ether1 addrgenmode none
ip address add 10.77.0.2/24 dev ether0
ip link set ether0 up
ip link set ether1 up
ip route add local default dev lo
ip -6 route add local default dev lo || true
exec "$@"`

/** Opens such a network, or says why it cannot be had here: Linux alone has them, and not every container allows them. */
export async function openSilentNetwork(): Promise<SilentNetwork | { impossible: string }> {
  if (process.platform !== 'linux') return { impossible: `${process.platform} has no network namespaces.` }
  await ensurePrograms(['unshare', 'nsenter', 'ip'], 'A network of its own')
  const asUser = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const recorder = fileURLToPath(new URL('./network-recorder.ts', import.meta.url))
  const child = spawn(findProgram('unshare') ?? 'unshare', ['--net', ...asUser, '/bin/sh', '-c', setUp, 'sh', process.execPath, recorder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const refusal = await ready(child, lines)
  if (refusal !== undefined) return { impossible: `Network namespaces are not allowed here: ${refusal}` }
  const { pid } = child
  return {
    prefix: [findProgram('nsenter') ?? 'nsenter', `--target=${pid ?? 0}`, '--net', ...(asUser.length === 0 ? [] : ['--user', '--preserve-credentials']), '--'],
    recorded: () => ({
      lookUps: [...new Set(lines.filter((line) => line.startsWith('name ')))],
      connections: lines.filter((line) => line.startsWith('connection ')),
      packets: packetsSent(pid ?? 0),
    }),
    close: () => void child.kill('SIGKILL'),
  }
}

/** Undefined once the recorder listens; else what stopped it. */
function ready(child: ChildProcess, lines: string[]): Promise<string | undefined> {
  let complaints = ''
  let rest = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const found = (rest + chunk.toString()).split('\n')
      rest = found.pop() ?? ''
      lines.push(...found)
      if (found.includes('ready')) resolve(undefined)
    })
    child.on('error', (error) => resolve(error.message))
    child.on('exit', () => resolve(complaints.trim() || 'it ended without a word'))
  })
}

/** Transmitted packets of all interfaces in the network of a process. */
function packetsSent(pid: number): number {
  const rows = readFileSync(`/proc/${pid}/net/dev`, 'utf8').trim().split('\n').slice(2)
  return rows.reduce((sum, row) => sum + Number(row.split(':')[1].trim().split(/\s+/)[9]), 0)
}
