/** One AdamW update of everything that learns. */
import { clippingFactors } from './adamw.ts'
import type { ParameterStore } from './parameter-store.ts'
import { openUpdateThreads } from './update-threads.ts'
import type { OptimizerRecipe } from '../runs/recipe.ts'

export interface Optimizer {
  /** Updates the store from its gradients; `step` counts from 1. Returns the gradients' Euclidean norm before clipping. */
  update(step: number, learningRate: number): Promise<number>
  close(): Promise<void>
}

/** The decay of a moving average at a step: a young average forgets faster, so that it does not stick to the start. */
export function averageDecayAt(averaging: number, step: number): number {
  return Math.min(averaging, (1 + step) / (10 + step))
}

/** `threads`: 0 or absent, one per core. */
export async function createOptimizer(store: ParameterStore, recipe: OptimizerRecipe, averaging: number, threads?: number): Promise<Optimizer> {
  const passes = await openUpdateThreads(store, threads)
  return {
    async update(step, learningRate) {
      const norm = Math.sqrt(await passes.sumOfSquares())
      if (!Number.isFinite(norm)) return norm
      const setting = {
        learningRate,
        beta1: recipe.beta1,
        beta2: recipe.beta2,
        epsilon: recipe.epsilon,
        bias1: 1 - recipe.beta1 ** step,
        bias2: 1 - recipe.beta2 ** step,
        averageDecay: averageDecayAt(averaging, step),
        ...clippingFactors(recipe.clipping, norm),
      }
      await passes.update(setting)
      return norm
    },
    close: () => passes.close(),
  }
}
