import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { removeOrphanedCheckpoints } from '#engine/workspace/models/orphaned-checkpoints.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

function checkpointsOf(training: string, jobId: number): void {
  mkdirSync(join(training, String(jobId)), { recursive: true })
  writeFileSync(join(training, String(jobId), 'step-100.safetensors'), 'weights')
}

test('clearing ended jobs takes the checkpoints of those that are cleared, and of no others', async () => {
  const workspace = await testWorkspace()
  const { jobs } = workspace.service
  const { training } = workspaceLayout(workspace.folder)
  const discarded = jobs.enqueue('discarded', { kind: 'embed', encoderId: 'any' })
  const waiting = jobs.enqueue('waiting', { kind: 'embed', encoderId: 'any' })
  jobs.update(discarded.id, { state: 'cancelled' })
  for (const { id } of [discarded, waiting]) checkpointsOf(training, id)
  mkdirSync(join(training, 'notes'))
  await workspace.call('jobs.clearFinished')
  expect(readdirSync(training).sort()).toEqual([String(waiting.id), 'notes'])
})

test('a workspace in which nothing was trained has none to remove', async () => {
  await removeOrphanedCheckpoints(join(temporaryFolder(), 'training'), [])
})
