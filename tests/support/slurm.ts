/** A real Slurm of one machine for the tests: its own key, controller and node, in a folder of its own, on loopback. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'

export interface RunningSlurm {
  /** What its tools need to find it. */
  environment: NodeJS.ProcessEnv
  /** Slurm's tools, answered as text. */
  ask(program: string, ...args: string[]): string
  stop(): void
}

/** Why there is no Slurm to start, or undefined. */
export function withoutSlurm(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm runs on Linux alone'
  if (process.getuid?.() !== 0) return 'starting Slurm’s daemons needs root'
  const missing = ['slurmctld', 'slurmd', 'munged', 'sbatch'].filter((program) => spawnSync(program, ['-V']).error !== undefined)
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found (Debian: slurm-wlm, munge)`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export async function startSlurm(): Promise<RunningSlurm> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-slurm-'))
  for (const name of ['state', 'spool', 'munge']) mkdirSync(join(folder, name), { mode: 0o700 })
  const at = (name: string): string => join(folder, name)
  const node = hostname().split('.')[0]
  writeFileSync(at('munge/key'), randomBytes(1024), { mode: 0o400 })
  const conf = `ClusterName=capstan
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
AuthType=auth/munge
AuthInfo=socket=${at('munge/socket')}
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('controller.pid')}
SlurmdPidFile=${at('node.pid')}
SlurmctldLogFile=${at('controller.log')}
SlurmdLogFile=${at('node.log')}
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=1
NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`
  writeFileSync(at('slurm.conf'), conf)
  const environment = { ...process.env, SLURM_CONF: at('slurm.conf') }
  const own = { stdio: 'ignore', env: environment } as const
  const munge = ['key-file=key', 'socket=socket', 'pid-file=pid', 'log-file=log', 'seed-file=seed'].map(
    (option) => `--${option.replace('=', `=${at('munge')}/`)}`,
  )
  execFileSync('munged', ['--force', ...munge], own)
  execFileSync('slurmctld', ['-i'], own)
  execFileSync('slurmd', [], own)
  const ask = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8', env: environment })
  const stop = (): void => {
    spawnSync('scancel', ['--user=root'], own)
    for (const file of ['controller.pid', 'node.pid', 'munge/pid']) {
      try {
        process.kill(Number(readFileSync(at(file), 'utf8')))
      } catch {
        // It never came up, or has gone by itself.
      }
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
  const deadline = Date.now() + 60_000
  while (!spawnSync('sinfo', ['--noheader', '--format=%T'], { encoding: 'utf8', env: environment }).stdout.includes('idle')) {
    if (Date.now() > deadline) {
      const told = readFileSync(at('controller.log'), 'utf8') + readFileSync(at('node.log'), 'utf8')
      stop()
      throw new Error(`Slurm did not come up: ${told}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return { environment, ask, stop }
}
