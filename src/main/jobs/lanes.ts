/** Which jobs wait for each other: jobs of one lane run one after the other, lanes run side by side. */
import { jobKinds, type JobKind } from '#shared/domain.ts'

export const lanes = ['files', 'inference', 'training', 'experiments'] as const
export type Lane = (typeof lanes)[number]

/** Every kind of job has a lane: one without does not compile. */
export const laneOf = {
  import: 'files',
  export: 'files',
  'export-onnx': 'files',
  caption: 'inference',
  score: 'inference',
  embed: 'inference',
  train: 'training',
  // Hours long: nothing else waits for it.
  experiment: 'experiments',
} as const satisfies Record<JobKind, Lane>

/** The kinds of job that run in a lane. */
export function kindsOf(lane: Lane): JobKind[] {
  return jobKinds.filter((kind) => laneOf[kind] === lane)
}
