/** Progress for a person at a terminal (a bar) and for a log file (a line now and then). */
import { SingleBar, Presets } from 'cli-progress'
import { drawnOn, plain } from './plain-output.ts'

export interface Progress {
  update(done: number, total: number, note?: string): void
  stop(): void
}

/** A bar titled `title`; without a terminal a line at every tenth. */
export function progressBar(title: string): Progress {
  if (!process.stderr.isTTY) return progressLines(title)
  const bar = new SingleBar(
    { format: `${plain(title)} {bar} {value}/{total} {note}`, stream: drawnOn(process.stderr), hideCursor: true, etaBuffer: 100 },
    Presets.shades_classic,
  )
  let started = false
  return {
    update(done, total, note = '') {
      if (!started) bar.start(total, done, { note: plain(note) })
      else bar.update(done, { note: plain(note) })
      started = true
    },
    stop() {
      if (started) bar.stop()
    },
  }
}

function progressLines(title: string): Progress {
  let lastTenth = -1
  return {
    update(done, total, note = '') {
      const tenth = total === 0 ? 0 : Math.floor((10 * done) / total)
      if (tenth === lastTenth) return
      lastTenth = tenth
      process.stderr.write(`${title} ${done}/${total} ${note}\n`)
    },
    stop() {},
  }
}
