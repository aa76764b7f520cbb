/** Photos on a share that is dead: the process that holds the work never waits for them. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { openService } from '#engine/workspace/service.ts'
import { namedPackages } from '../../../support/named-packages.ts'
import { drawPictures } from '../../../support/pictures.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const session = join(import.meta.dirname, '../../../support/workers/on-dead-share.ts')
const deadline = 40_000

/** A workspace with two photos of `share/`, and copies of them in `copies/`. */
async function workspaceOnShare(): Promise<string> {
  const home = temporaryFolder()
  const share = join(home, 'share')
  mkdirSync(share)
  await drawPictures(share, 2)
  cpSync(share, join(home, 'copies'), { recursive: true })
  const service = await openService({
    folder: join(home, 'workspace'),
    create: { name: 'Share' },
    modelRoots: [],
    installation: 'a'.repeat(64),
    packages: namedPackages,
    author: () => 'Ada',
    onEvent: () => undefined,
  })
  await service.call('imports.start', { kind: 'folder', folder: share, split: 'none' })
  await runNextJob(service, { modelRoots: [], encoderRoots: [] })
  const names = (await service.call('library.rows', { imageIds: [1, 2], modelId: null, metric: 'CIDEr' })).map(({ fileName }) => fileName)
  writeFileSync(join(home, 'captions.jsonl'), names.map((file_name) => `${JSON.stringify({ file_name, text: 'a dog' })}\n`).join(''))
  service.close()
  return home
}

/** What was answered before the process ended, by itself or at the deadline. */
async function answers(home: string): Promise<{ ended: boolean; said: Record<string, unknown>; errors: string }> {
  const child = spawn('unshare', ['-rm', process.execPath, session, home], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [told, errors] = [[] as Buffer[], [] as Buffer[]]
  child.stdout.on('data', (data: Buffer) => told.push(data))
  child.stderr.on('data', (data: Buffer) => errors.push(data))
  let ended = true
  const timer = setTimeout(() => {
    ended = false
    child.kill('SIGKILL')
  }, deadline)
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  clearTimeout(timer)
  const lines = Buffer.concat(told).toString().trim().split('\n').filter(Boolean)
  const said = lines.map((line) => JSON.parse(line) as { question: string; answer: unknown })
  return { ended, said: Object.fromEntries(said.map(({ question, answer }) => [question, answer])), errors: Buffer.concat(errors).toString() }
}

test('images are told, previews end in words, and an import takes no photo for a moved one', { timeout: 120_000 }, async () => {
  const home = await workspaceOnShare()
  const { ended, said, errors } = existsSync('/dev/fuse') ? await answers(home) : { ended: true, said: {}, errors: 'there is no /dev/fuse' }
  if (said['mounted'] !== true) {
    console.warn(`Whether a dead share blocks the workspace could not be tested: ${errors}`)
    return
  }
  expect({ ended, ...said }, errors).toEqual({
    ended: true,
    mounted: true,
    image: expect.stringMatching(/\.jpg$/) as string,
    rows: 2,
    preview: 'unavailable',
    import: expect.objectContaining({ images: 2 }) as object,
  })
})
