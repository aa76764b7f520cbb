/** What a run's curve holds, by the tags that TensorBoard shows it under. */
import type { ScalarStep } from './events.ts'

export interface TrainedStep {
  step: number
  epoch: number
  loss: number
  reward?: number | undefined
  learningRate: number
  /** Tokens a second. */
  speed: number
}

export function stepScalars({ step, epoch, loss, reward, learningRate, speed }: TrainedStep): ScalarStep {
  return {
    step,
    values: {
      'train/loss': loss,
      ...(reward === undefined ? {} : { 'train/reward': reward }),
      'train/learning_rate': learningRate,
      'train/tokens_per_second': speed,
      'train/epoch': epoch,
    },
  }
}

export function scoreScalars({ step, scores }: { step: number; scores: Readonly<Record<string, number | undefined>> }): ScalarStep {
  return { step, values: Object.fromEntries(Object.entries(scores).flatMap(([metric, value]) => (value === undefined ? [] : [[`dev/${metric}`, value]]))) }
}
