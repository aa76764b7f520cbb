/** Folders of the project that scripts and tests share. */
import { join, resolve } from 'node:path'

export const projectFolder = resolve(import.meta.dirname, '..')
export const cacheFolder = join(projectFolder, '.cache')
export const artifactFolder = join(projectFolder, 'test-artifacts')
