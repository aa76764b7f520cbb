/**
 * A workspace in a process where the photos' folder lies on a share that is dead: a FUSE mount that nobody answers, so that whoever looks at a path below it
 * waits until killed. Started in a mount namespace of its own (`tests/unit/engine/workspace/dead-share.test.ts`); prints what came of each question.
 */
import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { openService } from '#engine/workspace/service.ts'
import { toReport } from '#shared/errors.ts'
import { namedPackages } from '../named-packages.ts'

const [home = ''] = process.argv.slice(2)
const share = join(home, 'share')
const device = openSync('/dev/fuse', 'r+')
const words = ['-i', '-t', 'fuse', '-o', 'fd=3,rootmode=40000,user_id=0,group_id=0', 'dead', share]
const { status } = spawnSync('mount', words, { stdio: ['ignore', 'inherit', 'inherit', device] })
if (status !== 0) throw new Error('the share cannot be mounted')
const say = (question: string, answer: unknown): void => void process.stdout.write(`${JSON.stringify({ question, answer })}\n`)

say('mounted', true)
const service = await openService({
  folder: join(home, 'workspace'),
  modelRoots: [],
  installation: 'a'.repeat(64),
  packages: namedPackages,
  author: () => 'Ada',
  onEvent: () => undefined,
})
say('image', (await service.call('images.get', { imageId: 1 })).fileName)
say('rows', (await service.call('library.rows', { imageIds: [1, 2], modelId: null, metric: 'CIDEr' })).length)
const code = (error: unknown): string => toReport(error).code
const source = { kind: 'captions', file: join(home, 'captions.jsonl'), imageRoot: share, split: 'none' } as const
say('preview', await service.call('imports.preview', source).catch(code))
// The same photos in a folder that answers: whether those of the share are gone cannot be known.
await service.call('imports.start', { kind: 'folder', folder: join(home, 'copies'), split: 'none' })
say('import', (await runNextJob(service, { modelRoots: [], encoderRoots: [] }))?.result)
service.close()
process.kill(process.pid, 'SIGKILL') // an orderly end would wait for the share
