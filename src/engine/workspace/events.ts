/** What the workspace tells its owner (the app's main process, or the CLI). */
import type { ApiEvents } from '#shared/api.ts'
import type { Job, TrainingPoint, TrainingSample } from '#shared/domain.ts'

export type ChangedThing = ApiEvents['workspaceChanged']['what'][number]

export type WorkspaceEvent =
  | { kind: 'changed'; what: ChangedThing[] }
  | { kind: 'job'; job: Job }
  | { kind: 'training-point'; jobId: number; point: TrainingPoint }
  | { kind: 'training-sample'; jobId: number; sample: TrainingSample }
