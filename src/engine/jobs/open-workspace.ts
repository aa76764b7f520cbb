/** Opens a workspace with everything the engine knows: what the app's workspace process and the CLI call. */
import { openService, type ServiceOptions, type WorkspaceService } from '../workspace/service.ts'
import { packageReader } from './package-reader.ts'

/** Opens (or, with `create`, makes) the workspace of a folder. @throws AppError */
export function openWorkspace(options: Omit<ServiceOptions, 'packages'>): Promise<WorkspaceService> {
  return openService({ ...options, packages: packageReader })
}
