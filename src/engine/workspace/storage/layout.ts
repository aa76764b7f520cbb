/** Where things lie inside a workspace folder. Images stay where they are. */
import { join } from 'node:path'

export interface WorkspaceLayout {
  folder: string
  database: string
  backups: string
  features: string
  thumbnails: string
  models: string
  training: string
  experiments: string
}

export function workspaceLayout(folder: string): WorkspaceLayout {
  return {
    folder,
    database: join(folder, 'workspace.db'),
    backups: join(folder, 'backups'),
    features: join(folder, 'features'),
    thumbnails: join(folder, 'thumbnails'),
    models: join(folder, 'models'),
    training: join(folder, 'training'),
    experiments: join(folder, 'experiments'),
  }
}
