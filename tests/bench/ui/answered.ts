import type { Page } from 'playwright-core'
import { spread, type Spread } from './statistics.ts'

/** Milliseconds that the page waits for a verb's answer. */
export async function answered(page: Page, verb: string, input: object, repeat: number): Promise<Spread> {
  const times: number[] = []
  for (let turn = 0; turn < repeat; turn += 1) {
    times.push(
      await page.evaluate(
        async ([name, asked]) => {
          const bridge = Reflect.get(globalThis, 'capstan') as { call(name: string, input: unknown): Promise<unknown> }
          const begun = performance.now()
          await bridge.call(name, asked)
          return performance.now() - begun
        },
        [verb, input] as const,
      ),
    )
  }
  return spread(times)
}
