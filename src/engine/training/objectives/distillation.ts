/**
 * Distillation against forgetting (Li & Hoiem 2016). At every step a frozen teacher, usually the model that a fine-tuning run starts from, gives
 * the probability of every word, and moving away from it costs. It is asked about replayed photos, where it should stay as it is, or about all
 * photos if none are replayed.
 */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { Captioner, TrainingShape, Weights } from '#engine/captioners/captioner.ts'
import { createSession, type SessionOptions } from '#engine/runtime/session.ts'
import type { Batch, BatchPlan } from '../data/batches.ts'
import type { TeacherArrays } from '../loop/training-session.ts'
import { visualFeeds } from '../loop/visual-feeds.ts'

export interface Distillation {
  /** Writes what the teacher says of a filled batch, and its weights: the batch's own times the distillation's. */
  fill(arrays: TeacherArrays, batch: Batch, plan: BatchPlan): Promise<void>
  close(): Promise<void>
}

export interface DistillationOptions {
  captioner: Captioner
  teacher: Weights
  shape: TrainingShape
  /** Of the divergence beside the cross-entropy. */
  weight: number
  session: SessionOptions
}

export async function openDistillation({ captioner, teacher, shape, weight, session: options }: DistillationOptions): Promise<Distillation> {
  const { images, captionsPerImage, steps } = shape
  const rows = images * captionsPerImage
  const session = await createSession(captioner.teachingGraph(shape, teacher), options)
  return {
    async fill(arrays, batch, plan) {
      const { log_probabilities: said } = await session.run({
        ...visualFeeds(session, batch, captioner.config.featureWidth),
        tokens: new Tensor('int64', batch.tokens, [rows, steps]),
      })
      if (!(said.data instanceof Float32Array)) throw new TypeError(`the teaching graph gave ${said.type} log-probabilities`)
      arrays.logProbabilities.set(said.data)
      const anyReplayed = plan.images.some(({ replayed }) => replayed)
      plan.images.forEach(({ replayed }, image) => {
        const factor = replayed || !anyReplayed ? weight : 0
        const start = image * captionsPerImage * steps
        for (let place = start; place < start + captionsPerImage * steps; place++) arrays.weights[place] = factor * batch.weights[place]
      })
    },
    close: () => session.release(),
  }
}
