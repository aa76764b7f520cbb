/** A training run of the workspace as a TensorBoard event file. */
import { scoreScalars, stepScalars } from '#engine/tensorboard/curve-scalars.ts'
import { eventFile } from '#engine/tensorboard/events.ts'
import type { TrainingCurve } from '#shared/domain.ts'

/** `time`: seconds since 1970. */
export function trainingEvents({ points, samples }: TrainingCurve, time: number): Uint8Array {
  const steps = [...points.map(stepScalars), ...samples.map(scoreScalars)]
  return eventFile(steps.sort((a, b) => a.step - b.step), time)
}
