/** From nothing to a window that answers: the marks that the app itself sets, on the clock that all processes share. */
import type { RunningApp } from '../../support/app.ts'

export interface ColdStart {
  /** Since the system made the main process. Playwright holds the app back until it is connected, so this is a little more than a person waits. */
  fromProcessStart: number
  /** Since Electron was ready and the app's own code began. */
  fromReady: number
}

/** Milliseconds until the first view was painted and answers. */
export async function coldStart({ app, window }: RunningApp): Promise<ColdStart> {
  const usable = await window.evaluate(async () => {
    const mark = (): PerformanceEntry | undefined => performance.getEntriesByName('capstan-usable')[0]
    while (mark() === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    return performance.timeOrigin + (mark()?.startTime ?? 0)
  })
  const main = await app.evaluate(() => ({
    created: process.getCreationTime() ?? 0,
    ready: performance.timeOrigin + (performance.getEntriesByName('capstan-ready')[0]?.startTime ?? 0),
  }))
  return { fromProcessStart: usable - main.created, fromReady: usable - main.ready }
}
