/** Unpacks a tar file into a folder for a workspace and kills itself `before` or `after` the import is committed: node unpacking-child.ts WORKSPACE TAR FOLDER WHEN */
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { openService } from '#engine/workspace/service.ts'
import { namedPackages } from './named-packages.ts'

const [folder, file, unpackTo, when] = process.argv.slice(2)
const service = await openService({
  folder,
  modelRoots: [],
  installation: 'a'.repeat(64),
  packages: namedPackages,
  author: () => 'Ada',
  onEvent: () => undefined,
})
await service.call('imports.start', { kind: 'captions', imageRoot: '/nowhere', file, unpackTo })
await runNextJob(
  {
    ...service,
    async applyBatch(jobId, batch) {
      if (batch.kind !== 'import-commit') return service.applyBatch(jobId, batch)
      if (when === 'after') await service.applyBatch(jobId, batch)
      process.kill(process.pid, 'SIGKILL')
    },
  },
  { modelRoots: [], encoderRoots: [] },
)
