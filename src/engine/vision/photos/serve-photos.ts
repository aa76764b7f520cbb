/** The decoder's side of a `photoLine`. */
import { toReport } from '#shared/errors.ts'
import type { PhotoAnswer, PhotoPort, PhotoQuestion } from './photo-line.ts'
import { runHere } from './photo-tasks.ts'

/** Answers what comes over a port until it closes. `memory`: resident bytes of this process. */
export function servePhotos(port: PhotoPort, memory: () => number = () => process.memoryUsage.rss()): void {
  port.onMessage((message) => {
    const { id, kind, task } = message as PhotoQuestion // of this program's own `photoLine`
    runHere(kind, task).then(
      (answer) => port.post({ id, answer, memory: memory() } satisfies PhotoAnswer),
      (error: unknown) => port.post({ id, error: toReport(error), memory: memory() } satisfies PhotoAnswer),
    )
  })
}
