/** Where the app finds and keeps things. */
import { join } from 'node:path'
import { app } from 'electron'

export interface Folders {
  /** Settings, recent workspaces, logs. */
  user: string
  /** Model packages that ship with the app. */
  shippedModels: string
  /** Model and encoder packages of this person, shared by all workspaces. */
  sharedModels: string
  sharedEncoders: string
  shippedEncoders: string
  page: string
}

export function appFolders(): Folders {
  const models = app.isPackaged ? join(process.resourcesPath, 'models') : join(app.getAppPath(), 'models')
  const user = app.getPath('userData')
  return {
    user,
    shippedModels: models,
    shippedEncoders: join(models, 'encoders'),
    sharedModels: join(user, 'models'),
    sharedEncoders: join(user, 'encoders'),
    page: join(import.meta.dirname, '../renderer'),
  }
}
