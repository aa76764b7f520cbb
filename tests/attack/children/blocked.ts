/** Imports what blocks, or opens a workspace beside a package that does; ends with 0 where it was answered, whatever the answer. */
import { join } from 'node:path'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { toReport } from '#shared/errors.ts'
import type { VerbInput } from '#shared/api.ts'

const [folder = '', task = ''] = process.argv.slice(2)
const images = join(folder, 'photos')
const sources: Record<string, VerbInput<'imports.start'>> = {
  'import-folder': { kind: 'folder', folder: images, split: 'none' },
  'import-captions': { kind: 'captions', file: join(folder, 'captions.json'), imageRoot: images, split: 'none' },
  'import-device': { kind: 'captions', file: '/dev/zero', imageRoot: images, split: 'none' },
}
const service = await openWorkspace({
  folder: join(folder, `workspace-${task}`),
  create: { name: task },
  modelRoots: task === 'open' ? [join(folder, 'models')] : [],
  author: () => 'Ada',
  onEvent: () => undefined,
})
const source = sources[task]
if (source !== undefined) {
  await service.call('imports.start', source)
  await runNextJob(service, { modelRoots: [], encoderRoots: [] }).catch((error: unknown) => {
    if (toReport(error).code === 'internal') throw error
  })
}
service.close()
process.exit(0)
