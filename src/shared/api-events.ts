/** What main tells the window without being asked. */
import type { OpenedWorkspace, ProviderStatus, ProviderTrialProgress, Settings, TrainingPoint, TrainingSample } from './domain.ts'
import type { Job } from './jobs.ts'

/** Events from main to the window. */
export interface ApiEvents {
  jobChanged: Job
  trainingPoint: { jobId: number; point: TrainingPoint }
  trainingSample: { jobId: number; sample: TrainingSample }
  /** Images, captions, scores, reviews or models changed in bulk: views reload what they show. */
  workspaceChanged: { what: ('images' | 'captions' | 'scores' | 'reviews' | 'models' | 'snapshots' | 'guidelines' | 'labels' | 'lists' | 'votes' | 'cases')[] }
  /** Other photos lie under these images' names than did: their pictures are fetched anew. */
  photosReplaced: { imageIds: number[] }
  workspaceOpened: OpenedWorkspace | null
  providerChanged: ProviderStatus
  /** How far measuring the providers is; null when it has ended. */
  providerTrial: ProviderTrialProgress | null
  networkRefused: { count: number }
  settingsChanged: Settings
  /** A menu item or a global shortcut asks the window to do something. */
  command: {
    name: 'undo' | 'redo' | 'new-workspace' | 'open-workspace' | 'close-workspace' | 'open-sample' | 'import' | 'export' | 'show-shortcuts' | 'show-settings'
  }
}
export type EventName = keyof ApiEvents
