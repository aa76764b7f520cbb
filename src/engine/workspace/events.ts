/** What the workspace tells its owner (the app's main process, or the CLI). */
import type { ApiEvents } from '#shared/api.ts'
import type { ErrorReport } from '#shared/errors.ts'
import type { TrainingPoint, TrainingSample } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'

export type ChangedThing = ApiEvents['workspaceChanged']['what'][number]

export type WorkspaceEvent =
  | { kind: 'changed'; what: ChangedThing[] }
  | { kind: 'photos-replaced'; imageIds: number[] }
  | { kind: 'job'; job: Job }
  /** How far a job's large batch is written: of so many rows. */
  | { kind: 'written'; jobId: number; done: number; total: number }
  | { kind: 'training-point'; jobId: number; point: TrainingPoint }
  | { kind: 'training-sample'; jobId: number; sample: TrainingSample }
  /** Today's backup could not be made; the workspace is open all the same. */
  | { kind: 'backup-failed'; report: ErrorReport }
