/** What a training run tells while it works. */
import type { Weights } from '#engine/captioners/captioner.ts'
import type { Provider } from '#shared/domain.ts'

/** What an evaluation of the weights found. */
export interface EvaluationResult {
  /** The number by which weights are compared: higher is better (dev CIDEr). */
  score: number
  /** All scores, by metric name. */
  scores: Record<string, number>
  samples: readonly { key: string; text: string }[]
}

export type TrainingEvent =
  | { kind: 'started'; step: number; totalSteps: number; stepsPerEpoch: number; parameters: number; learning: number; provider: Provider }
  | {
      kind: 'step'
      step: number
      /** Epochs done, with its fraction. */
      epoch: number
      loss: number
      /** Mean CIDEr-D of the captions written (about 1), in self-critical training. */
      reward?: number
      /** Seconds of the step that rewards took, in self-critical training. */
      rewardSeconds?: number
      learningRate: number
      gradientNorm: number
      /** Targets (words and ends, no padding) trained per second. */
      tokensPerSecond: number
    }
  | ({ kind: 'evaluation'; step: number; epoch: number; best: boolean } & EvaluationResult)
  | { kind: 'checkpoint'; step: number; file: string }
  | {
      kind: 'finished'
      step: number
      /** All steps done, no more gain on dev, or ended by a person who keeps what is there. */
      reason: 'done' | 'no-gain' | 'kept'
      bestScore: number | null
      bestStep: number | null
      seconds: number
      /** The best evaluated weights, or the last ones where nothing was evaluated. */
      weights: Weights
    }
