/** Two sides that take turns: their seconds, round by round. */
/** Seconds, medians over the rounds, and how many times as fast as PyTorch we are. */
export interface Compared {
  readonly ours: number
  readonly pytorch: number
  readonly ratio: number
}

/** Both sides' seconds, round by round. */
export class Rounds {
  readonly #ours: number[] = []
  readonly #pytorch: number[] = []

  add(counted: boolean, { ours, pytorch }: { ours: number; pytorch: number }): void {
    if (!counted) return
    this.#ours.push(ours)
    this.#pytorch.push(pytorch)
  }

  /** Seconds of one of the `times` things that a round does. */
  compared(times: number): Compared {
    const [ours, pytorch] = [median(this.#ours) / times, median(this.#pytorch) / times]
    return { ours, pytorch, ratio: pytorch / ours }
  }
}

export async function secondsOf(work: () => Promise<void>): Promise<number> {
  return (await timedResult(work)).seconds
}

export async function timedResult<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const begun = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - begun) / 1000 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
