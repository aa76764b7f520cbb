/** The same imports and exports as jobs of the real window: the most that each of its processes ever held (Linux's VmHWM), in megabytes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WrittenPhoto } from '#engine/datasets/writers/writer.ts'
import type { Job } from '#shared/jobs.ts'
import type { ImportSource } from '#shared/exchange.ts'
import { callVerb, finished, startApp, type RunningApp } from '../../support/app.ts'
import { withPreparedApp } from '../ui/prepare.ts'
import { filesOf, resultsFile } from './written-files.ts'

type Peaks = Record<string, number>

/** By what was done: each process's peak since it started, so that a later one is never smaller. */
export function inWindow(folder: string, photos: WrittenPhoto[], asked: (name: string) => boolean): Promise<Record<string, Peaks>> {
  return withPreparedApp(async () => {
    const files = filesOf(folder, photos)
    const results = await resultsFile(folder, photos)
    const table = await files['json-lines']()
    const source = (kind: 'references' | 'corrections'): ImportSource => ({ kind: 'texts', as: kind, file: results.file, marked: false })
    const work: Record<string, (running: RunningApp) => Promise<Job>> = {
      'photos with captions': ({ window }) =>
        callVerb(window, 'imports.start', { kind: 'captions', file: table.file, imageRoot: join(folder, 'photos'), split: 'dev' }),
      results: ({ window }) => callVerb(window, 'imports.start', { kind: 'results', file: results.file, modelName: 'other' }),
      references: ({ window }) => callVerb(window, 'imports.start', source('references')),
      corrections: ({ window }) => callVerb(window, 'imports.start', source('corrections')),
      'export of references': ({ window }) =>
        callVerb(window, 'exports.start', {
          what: 'references',
          modelId: null,
          set: 'all',
          format: 'parquet',
          file: join(folder, 'exported.parquet'),
          replace: true,
        }),
    }
    const running = await startApp(join(folder, 'user'))
    try {
      await callVerb(running.window, 'workspace.create', { folder: join(folder, 'window'), name: 'Bench' })
      const measured: Record<string, Peaks> = {}
      for (const [name, start] of Object.entries(work)) {
        if (name !== 'photos with captions' && !asked(name)) continue
        const watched = watch(running)
        await finished(running.window, (await start(running)).id)
        measured[name] = await watched.stop()
        process.stderr.write(`${name}: ${JSON.stringify(measured[name])}\n`)
      }
      return measured
    } finally {
      await running.close()
    }
  })
}

/** Asks again and again: the process of a job ends with it. */
function watch({ app }: RunningApp): { stop(): Promise<Peaks> } {
  const peaks: Peaks = {}
  let stopped = false
  const look = async (): Promise<void> => {
    const processes = await app.evaluate(({ app: electron }) => electron.getAppMetrics().map(({ pid, type, name }) => ({ pid, type, name })))
    for (const { pid, type, name } of processes) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
      const label = type === 'Browser' ? 'main' : type === 'Tab' ? 'renderer' : (name ?? type)
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
      await look()
      stopped = true
      await watching
      return peaks
    },
  }
}
