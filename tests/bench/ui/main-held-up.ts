/** How long the main process was held up by one task or another: a timer in it that should come every few milliseconds, and when it came. */
import type { monitorEventLoopDelay } from 'node:perf_hooks'
import type { RunningApp } from '../../support/app.ts'

/** Begins to watch; once for each start of the app. */
export async function watchMain({ app }: RunningApp): Promise<void> {
  await app.evaluate(() => {
    const delays = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    Reflect.set(globalThis, 'delays', delays)
  })
}

/** The longest wait since `watchMain` and their 99th percentile, in milliseconds. On a busy machine the system's own waits are in them. */
export async function mainHeldUp({ app }: RunningApp): Promise<{ longest: number; p99: number }> {
  return app.evaluate(() => {
    const delays = Reflect.get(globalThis, 'delays') as ReturnType<typeof monitorEventLoopDelay>
    const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / 1e5) / 10
    return { longest: milliseconds(delays.max), p99: milliseconds(delays.percentile(99)) }
  })
}
