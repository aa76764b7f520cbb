/** Where the app finds what it ships with and keeps what is its user's: the one place that knows an installed app from a project folder. */
import { join } from 'node:path'
import { app } from 'electron'
import type { WorkerEntry } from '../processes/worker-entries.ts'

export interface Folders {
  /** Settings, recent workspaces, logs. */
  user: string
  /** Model packages that ship with the app. */
  shippedModels: string
  /** Model and encoder packages of this person, shared by all workspaces. */
  sharedModels: string
  sharedEncoders: string
  shippedEncoders: string
  /** Experiment recipes that ship with the app. */
  experimentRecipes: string
  /** Where new workspaces are suggested. */
  workspaces: string
  /** The sample workspace as it ships; a person gets a copy. */
  sample: string
  page: string
}

export function appFolders(): Folders {
  const shipped = app.isPackaged ? process.resourcesPath : app.getAppPath()
  const models = join(shipped, 'models')
  const user = app.getPath('userData')
  return {
    user,
    shippedModels: models,
    shippedEncoders: join(models, 'encoders'),
    experimentRecipes: join(shipped, 'recipes', 'experiments'),
    sharedModels: join(user, 'models'),
    sharedEncoders: join(user, 'encoders'),
    workspaces: join(app.getPath('documents'), 'Capstan'),
    sample: join(app.isPackaged ? shipped : join(shipped, 'resources'), 'sample'),
    page: join(import.meta.dirname, '../renderer'),
  }
}

/** A file or folder of `resources/`; an installed app keeps them beside its archive. */
export function shippedResource(name: string): string {
  return app.isPackaged ? join(process.resourcesPath, name) : join(app.getAppPath(), 'resources', name)
}

export function preloadFile(): string {
  return join(import.meta.dirname, '../preload/index.cjs')
}

/** The built entry file of a utility process. In an installed app the path leads through the archive to the unpacked file. */
export function workerFile(entry: WorkerEntry): string {
  return join(import.meta.dirname, 'workers', `${entry}.js`)
}
