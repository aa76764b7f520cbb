/** The window needs no permission of the web's: camera, position, notifications and all others are refused. */
import { app } from 'electron'

export function refusePermissions(): void {
  app.on('session-created', (session) => {
    session.setPermissionRequestHandler((_contents, permission, decide) => decide(permission === 'clipboard-sanitized-write'))
    session.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write')
    session.setDevicePermissionHandler(() => false)
  })
}
