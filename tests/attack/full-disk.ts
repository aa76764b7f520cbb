/** A disk that fills up while corrections are saved: what was said to be saved is there, and all goes on once there is room. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkedFindings, type Attack } from './findings.ts'

const megabytes = 6

export const attackDisk: Attack = async ({ folder, seed }) => {
  mkdirSync(folder, { recursive: true })
  const allowed = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', folder]).status === 0
  if (!allowed) return { counts: { couldNotRun: 'a disk of one’s own cannot be mounted here' }, wrong: [] }
  const child = join(import.meta.dirname, 'children', 'full-disk.ts')
  const line = `mount -t tmpfs -o size=${megabytes}m none "$1" && exec "$2" "$3" "$1" "$4"`
  const { stdout, stderr, status } = spawnSync('unshare', ['-rm', 'sh', '-c', line, 'sh', folder, process.execPath, child, String(seed)], {
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (status !== 0) return { counts: {}, wrong: [`it ended with ${status}: ${stderr.slice(-400)}`] }
  return Promise.resolve(checkedFindings(JSON.parse(stdout)))
}
