/** A worker that behaves and misbehaves as it is told. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { handler, serve } from '../../../src/main/workers/serve.ts'

serve('trial-worker', {
  double: handler(z.object({ value: z.number() }), ({ value }) => value * 2),
  refuse: handler(z.object({}), () => {
    throw new AppError('bad-input', 'The value is odd.', { kept: 'All is kept.', todo: 'Use another.' })
  }),
  crash: handler(z.object({}), () => process.kill(process.pid, 'SIGSEGV')),
  fail: handler(z.object({}), () => {
    throw new Error('Nobody foresaw this.', { cause: new TypeError('the reason beneath') })
  }),
  die: handler(
    z.object({}),
    () =>
      void setImmediate(() => {
        throw new Error('An error in no request.')
      }),
  ),
  hang: handler(z.object({}), () => {
    for (;;); // as a native call that never returns
  }),
  wait: handler(
    z.object({}),
    (_input, { signal, event }) =>
      new Promise((_resolve, reject) => {
        event('waiting')
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  ),
  count: handler(z.object({ steps: z.number() }), async ({ steps }, { event, unpaused }) => {
    for (let step = 1; step <= steps; step++) {
      await unpaused()
      event(step)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return 'counted'
  }),
  'ask-back': handler(z.object({}), (_input, { ask }) => ask('what is it?')),
})
