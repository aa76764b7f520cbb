/** Learning rates over the steps of a run. Steps count from 1. */
import { z } from 'zod'
import { assertNever } from '#shared/errors.ts'

export const scheduleSchema = z.discriminatedUnion('kind', [
  /** Vaswani et al. 2017: factor · width^−½ · min(step^−½, step · warmupSteps^−1½); the recipe's learning rate is not used. */
  z.strictObject({ kind: z.literal('noam'), warmupSteps: z.int().min(1), factor: z.number().positive().default(1) }),
  /** Linear warm-up, then × factor after every `everyEpochs` epochs. */
  z.strictObject({
    kind: z.literal('steps'),
    warmupSteps: z.int().min(0),
    everyEpochs: z.number().positive(),
    factor: z.number().positive().max(1),
  }),
  /** Linear warm-up, then half a cosine from the peak down to `floor` × peak at the last step. */
  z.strictObject({ kind: z.literal('cosine'), warmupSteps: z.int().min(0), floor: z.number().min(0).max(1).default(0) }),
  /** Linear warm-up, then the peak for ever. */
  z.strictObject({ kind: z.literal('constant'), warmupSteps: z.int().min(0) }),
])
export type Schedule = z.infer<typeof scheduleSchema>

/** What a schedule is applied to. */
export interface ScheduleSetting {
  peak: number
  /** The captioner's width (Noam). */
  width: number
  totalSteps: number
  stepsPerEpoch: number
}

/** The learning rate of a step. */
export function learningRateAt(schedule: Schedule, { peak, width, totalSteps, stepsPerEpoch }: ScheduleSetting, step: number): number {
  if (schedule.kind === 'noam') return schedule.factor * width ** -0.5 * Math.min(step ** -0.5, step * schedule.warmupSteps ** -1.5)
  if (step < schedule.warmupSteps) return (peak * step) / schedule.warmupSteps
  switch (schedule.kind) {
    case 'steps':
      return peak * schedule.factor ** Math.floor((step - 1) / stepsPerEpoch / schedule.everyEpochs)
    case 'cosine': {
      const progress = Math.min(1, (step - schedule.warmupSteps) / Math.max(1, totalSteps - schedule.warmupSteps))
      return peak * (schedule.floor + (1 - schedule.floor) * 0.5 * (1 + Math.cos(Math.PI * progress)))
    }
    case 'constant':
      return peak
    default:
      return assertNever(schedule)
  }
}
