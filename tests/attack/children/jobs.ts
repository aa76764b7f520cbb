/** A process that opens a workspace and does its queued jobs, as the app does after a kill. Its parent kills it. */
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { installation } from '../installation.ts'

const [folder = '', modelRoot = '', encoderRoot = ''] = process.argv.slice(2)
const service = await openWorkspace({ folder, installation, modelRoots: [modelRoot], author: () => 'Child', onEvent: () => undefined })
service.jobs.requeueInterrupted()
process.stdout.write('opened\n')
while ((await runNextJob(service, { modelRoots: [modelRoot], encoderRoots: [encoderRoot], threads: 1 })) !== null);
service.close()
