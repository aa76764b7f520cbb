/** How much memory each of the app's processes holds, from the system's own tables (Linux), in megabytes. */
import { readFile } from 'node:fs/promises'
import type { RunningApp } from '../../support/app.ts'

export interface ProcessMemory {
  /** Resident, shared pages counted whole. */
  resident: number
  /** Resident, shared pages counted in part: what the sum over processes really takes. Null where the system does not tell. */
  proportional: number | null
}

export interface AppMemory {
  main: ProcessMemory
  renderer: ProcessMemory
  workspace: ProcessMemory
  rendererAndMain: ProcessMemory
  processes: Record<string, ProcessMemory>
}

/** Reads it now. */
export async function appMemory({ app }: RunningApp): Promise<AppMemory> {
  const metrics = await app.evaluate(({ app: electron }) =>
    electron.getAppMetrics().map(({ pid, type, name, memory }) => ({ pid, type, name, kilobytes: memory.workingSetSize })),
  )
  const processes: Record<string, ProcessMemory> = {}
  for (const { pid, type, name, kilobytes } of metrics) {
    const label = type === 'Browser' ? 'main' : type === 'Tab' ? 'renderer' : (name ?? type)
    processes[label] = { resident: megabytes(kilobytes), proportional: await proportional(pid) }
  }
  const { main, renderer, 'Capstan workspace': workspace } = processes
  if (main === undefined || renderer === undefined || workspace === undefined) throw new Error(`Some process is missing: ${Object.keys(processes).join(', ')}`)
  const sum = (one: number | null, other: number | null): number | null => (one === null || other === null ? null : one + other)
  return {
    main,
    renderer,
    workspace,
    rendererAndMain: { resident: main.resident + renderer.resident, proportional: sum(main.proportional, renderer.proportional) },
    processes,
  }
}

async function proportional(pid: number): Promise<number | null> {
  const table = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(table)?.[1]
  return kilobytes === undefined ? null : megabytes(Number(kilobytes))
}

function megabytes(kilobytes: number): number {
  return Math.round(kilobytes / 1024)
}
