/** Arithmetic that benchmarks count. */
import type { Captioner, TrainingShape } from '#engine/captioners/captioner.ts'

/** The floating-point operations of writing captions of `shape.steps` words, none of which ends before: those of the forward pass over them. */
export function operationsOfWriting(captioner: Captioner, shape: TrainingShape): number {
  return captioner.trainingGraph(shape, { labelSmoothing: 0, dropout: 'none', trainable: () => false }).operations
}

/** The floating-point operations of a training step's matrix products over so many targets, and nothing on padding. */
export function operationsOverTargets(captioner: Captioner, shape: TrainingShape, targets: number): number {
  return captioner.trainingGraph({ ...shape, packedPlaces: targets }, { labelSmoothing: 0, dropout: 'none', trainable: () => true }).operations
}
