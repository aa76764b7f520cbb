/** The decoder's process: serves one port, and ends when the process at the other end of it has let go or is gone. */
import { constants, setPriority } from 'node:os'
import { openLog } from '#engine/log/log.ts'
import { servePhotos } from '#engine/vision/photos/serve-photos.ts'
import { photoPortOf } from './photo-port.ts'

openLog('photos', { echo: true })

process.parentPort.once('message', ({ data: asker, ports: [end] }) => {
  if (asker === 'job') setPriority(constants.priority.PRIORITY_BELOW_NORMAL) // as the job's own
  const port = photoPortOf(end)
  port.onClose(() => process.exit(0))
  servePhotos(port)
})
