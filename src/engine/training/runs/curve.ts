/** A run's curve: one JSON line a point in a file beside the checkpoints, so that it survives a kill as they do. */
import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeWhole } from '#engine/files/write-whole.ts'
import { toReport } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import type { TrainingEvent } from '../loop/events.ts'

const pointSchema = z.discriminatedUnion('kind', [
  /** Means over the steps since the last point. */
  z.object({
    kind: z.literal('step'),
    step: z.number(),
    epoch: z.number(),
    loss: z.number(),
    /** Of sampled captions, in self-critical training. */
    reward: z.number().optional(),
    learningRate: z.number(),
    tokensPerSecond: z.number(),
  }),
  z.object({ kind: z.literal('evaluation'), step: z.number(), epoch: z.number(), scores: z.record(z.string(), z.number()) }),
])
export type CurvePoint = z.infer<typeof pointSchema>

/** The points of a curve file up to a step (those after it belong to steps that a kill undid); none where there is no file. */
export async function readCurve(file: string, lastStep: number): Promise<CurvePoint[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return ''
    throw error
  })
  return text.split('\n').flatMap((line) => {
    try {
      const point = pointSchema.parse(parseJson(line))
      return point.step <= lastStep ? [point] : []
    } catch {
      return [] // the empty last line, or one that a kill cut off
    }
  })
}

/** Collects a run's events into points: one for every `every` steps, and every evaluation. */
export class CurveWriter {
  readonly points: CurvePoint[]
  readonly #file: string
  readonly #every: number
  #losses: number[] = []
  #speeds: number[] = []
  #rewards: number[] = []

  private constructor(file: string, every: number, points: CurvePoint[]) {
    this.#file = file
    this.#every = every
    this.points = points
  }

  static async open(file: string, lastStep: number, every: number): Promise<CurveWriter> {
    const points = await readCurve(file, lastStep)
    await writeWhole(file, points.map((point) => `${JSON.stringify(point)}\n`).join(''))
    return new CurveWriter(file, every, points)
  }

  /** Takes an event; returns the point that it completed, if it did. */
  async take(event: TrainingEvent): Promise<CurvePoint | undefined> {
    if (event.kind === 'evaluation') return this.#add({ kind: 'evaluation', step: event.step, epoch: event.epoch, scores: event.scores })
    if (event.kind !== 'step') return undefined
    this.#losses.push(event.loss)
    this.#speeds.push(event.tokensPerSecond)
    if (event.reward !== undefined) this.#rewards.push(event.reward)
    if (event.step % this.#every !== 0) return undefined
    const { step, epoch, learningRate } = event
    const rewarded = this.#rewards.length === 0 ? {} : { reward: mean(this.#rewards) }
    const point: CurvePoint = { kind: 'step', step, epoch, loss: mean(this.#losses), ...rewarded, learningRate, tokensPerSecond: mean(this.#speeds) }
    this.#losses = []
    this.#speeds = []
    this.#rewards = []
    return this.#add(point)
  }

  async #add(point: CurvePoint): Promise<CurvePoint> {
    this.points.push(point)
    await appendFile(this.#file, `${JSON.stringify(point)}\n`)
    return point
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
