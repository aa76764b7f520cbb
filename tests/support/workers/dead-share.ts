/** A process that reads pictures, some of which lie on a share that never answers: each of those keeps one of few threads. */
import { setTimeout } from 'node:timers/promises'
import { handler, serve } from '../../../src/main/workers/serve.ts'
import { pictureRequest } from '../../../src/main/workspace/picture-request.ts'

serve('dead-share', {
  picture: handler(pictureRequest, async ({ root, size }) => {
    if (root === '/dead') await new Promise(() => undefined)
    await setTimeout(20)
    return { type: 'image/webp', bytes: Uint8Array.of(size & 255), other: null }
  }),
})
