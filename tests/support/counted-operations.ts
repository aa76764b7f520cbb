/** Arithmetic that benchmarks count. */
import type { Captioner, TrainingShape } from '#engine/captioners/captioner.ts'

/** The floating-point operations of a training step's matrix products over so many targets, and nothing on padding. */
export function operationsOverTargets(captioner: Captioner, shape: TrainingShape, targets: number): number {
  return captioner.trainingGraph({ ...shape, packedPlaces: targets }, { labelSmoothing: 0, dropout: 'none', trainable: () => true }).operations
}
