import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { removeQueuedTelemetry, telemetryFolders } from '#engine/runtime/queued-telemetry.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('what earlier runs queued is removed once, and nothing beside it', async () => {
  const home = temporaryFolder()
  const folders = telemetryFolders('linux', { XDG_CACHE_HOME: join(home, 'cache') }, home)
  if (folders === undefined) throw new Error('Linux has such a folder.')
  const neighbour = join(dirname(folders.queued), 'deviceid')
  await mkdir(folders.queued, { recursive: true })
  await writeFile(join(folders.queued, 'onnxruntime.db'), 'events')
  await writeFile(neighbour, 'another program’s')

  removeQueuedTelemetry(folders)
  expect(existsSync(folders.queued)).toBe(false)
  expect(existsSync(neighbour)).toBe(true)

  await mkdir(folders.queued)
  await writeFile(join(folders.queued, 'onnxruntime.db'), 'events of another program')
  removeQueuedTelemetry(folders)
  expect(await readdir(folders.queued)).toEqual(['onnxruntime.db'])
})

test('it is looked for where the library keeps it', () => {
  expect(telemetryFolders('linux', {}, '/home/ana')?.queued).toBe('/home/ana/.cache/Microsoft/DeveloperTools/.onnxruntime')
  expect(telemetryFolders('darwin', {}, '/Users/ana')?.queued).toBe('/Users/ana/Library/Application Support/Microsoft/DeveloperTools/.onnxruntime')
  expect(telemetryFolders('win32', {}, 'C:\\Users\\ana')).toBeUndefined()
})
