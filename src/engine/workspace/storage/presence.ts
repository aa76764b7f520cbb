/** Whether a folder holds a workspace: asked before anything is closed or opened, and again where it is. */
import { existsSync } from 'node:fs'
import { AppError } from '#shared/errors.ts'
import { workspaceLayout } from './layout.ts'

/** @throws AppError `not-found` where the folder holds no workspace */
export function requireDatabase(folder: string): void {
  if (existsSync(workspaceLayout(folder).database)) return
  throw new AppError('not-found', `There is no workspace in ${folder}.`, { todo: 'Choose a workspace folder, or create a new workspace.' })
}

/** @throws AppError `conflict` where the folder holds a workspace already */
export function refuseDatabase(folder: string): void {
  if (!existsSync(workspaceLayout(folder).database)) return
  throw new AppError('conflict', `There is already a workspace in ${folder}.`, { kept: 'It was not changed.', todo: 'Open it, or choose another folder.' })
}
