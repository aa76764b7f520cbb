import type { UpdateSetting } from '#engine/training/optimiser/adamw.ts'

/** An update that scales and cuts gradients, and averages. */
export const updateSetting: UpdateSetting = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  bias1: 0.1,
  bias2: 0.02,
  gradientScale: 0.7,
  gradientLimit: 0.5,
  averageDecay: 0.99,
}
