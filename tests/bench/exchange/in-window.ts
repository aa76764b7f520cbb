/** The same imports, previewed first, as jobs of the real window: the most that each of its processes ever held (Linux's VmHWM), in megabytes. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { Job } from '#shared/jobs.ts'
import { importSourceSchema, type ImportSource } from '#shared/exchange.ts'
import { callVerb, finished, startApp, type RunningApp } from '../../support/app.ts'
import { withPreparedApp } from '../ui/prepare.ts'
import { filesOf, resultsFile } from './written-files.ts'

type Peaks = Record<string, number>

/** What the page is told of jobs while they write, from now on. */
async function countWriting({ window }: RunningApp): Promise<() => Promise<number>> {
  await window.evaluate(`{
    globalThis.toldOfWriting = 0
    globalThis.capstan.on('jobChanged', ({ message, done, total }) => { if (message === 'Writing' && done > 0 && done < total) globalThis.toldOfWriting++ })
  }`)
  return async () => Number(await window.evaluate('globalThis.toldOfWriting'))
}

/** By what was done: each process's peak since it started, so that a later one is never smaller. */
export function inWindow(folder: string, photos: WrittenPhoto[], asked: (name: string) => boolean): Promise<Record<string, Peaks>> {
  return withPreparedApp(async () => {
    const files = filesOf(folder, photos)
    const results = await resultsFile(folder, photos)
    const table = await files['json-lines']()
    const text = (as: 'references' | 'corrections'): ImportSource => importSourceSchema.parse({ kind: 'texts', as, file: results.file })
    const sources: Record<string, ImportSource> = {
      'photos with captions': importSourceSchema.parse({ kind: 'captions', file: table.file, imageRoot: join(folder, 'photos'), split: 'dev' }),
      results: importSourceSchema.parse({ kind: 'results', file: results.file, modelName: 'other' }),
      references: text('references'),
      corrections: text('corrections'),
    }
    const running = await startApp(join(folder, 'user'))
    try {
      await callVerb(running.window, 'workspace.create', { folder: join(folder, 'window'), name: 'Bench' })
      const measured: Record<string, Peaks> = {}
      const toldOfWriting = await countWriting(running)
      const measure = async (name: string, work: () => Promise<Job>): Promise<void> => {
        const watched = await watch(running)
        await finished(running.window, (await work()).id)
        measured[name] = { ...(await watched.stop()), 'reports of writing so far': await toldOfWriting() }
        process.stderr.write(`${name}: ${JSON.stringify(measured[name])}\n`)
      }
      for (const [name, source] of Object.entries(sources)) {
        if (name !== 'photos with captions' && !asked(name)) continue
        await measure(name, async () => {
          await callVerb(running.window, 'imports.preview', source)
          return callVerb(running.window, 'imports.start', source)
        })
      }
      return measured
    } finally {
      await running.close()
    }
  })
}

/** Asks again and again: the process of a job ends with it. The app itself is asked once for each process, since it has work to do. */
async function watch({ app, pid }: RunningApp): Promise<{ stop(): Promise<Peaks> }> {
  const labels = new Map<number, string>()
  const learn = async (): Promise<void> => {
    const known = await app.evaluate(({ app: electron }) => electron.getAppMetrics().map((each) => ({ pid: each.pid, type: each.type, name: each.name })))
    for (const { pid: each, type, name } of known) labels.set(each, type === 'Browser' ? 'main' : type === 'Tab' ? 'renderer' : (name ?? type))
  }
  await learn()
  const peaks: Peaks = {}
  let stopped = false
  const look = async (): Promise<void> => {
    const all = await descendants(pid)
    if (all.some((each) => !labels.has(each))) await learn()
    for (const each of all) {
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(await statusOf(each))?.[1]
      const label = labels.get(each) ?? 'other'
      if (kilobytes !== undefined) peaks[label] = Math.max(peaks[label] ?? 0, Math.round(Number(kilobytes) / 1024))
    }
  }
  const watching = (async () => {
    while (!stopped) {
      await look()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    async stop() {
      stopped = true
      await watching
      await look()
      return peaks
    },
  }
}

function statusOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
}

/** A process and all that it started. */
async function descendants(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(/^PPid:\s+(\d+)/m.exec(await statusOf(Number(name)))?.[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const all = [pid]
  for (const each of all) all.push(...(children.get(each) ?? []))
  return all
}
