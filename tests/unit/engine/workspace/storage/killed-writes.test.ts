import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { leftover } from '../../../../support/leftover.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

test('what killed writes left in a workspace is gone when it is opened again', async () => {
  const { folder, service } = await testWorkspace()
  service.close()
  const layout = workspaceLayout(folder)
  const places = [folder, layout.models, layout.backups, layout.features, join(layout.training, '7'), join(layout.experiments, 'grid', 'cells', 'first')]
  const left = places.map((place) => join(place, leftover('some.json')))
  for (const [index, place] of places.entries()) {
    mkdirSync(place, { recursive: true })
    writeFileSync(left[index], 'half')
  }
  mkdirSync(join(layout.models, leftover('tuned-3', 'former')))
  await testWorkspace(folder)
  expect(left.filter((file) => existsSync(file))).toEqual([])
  expect(existsSync(join(layout.models, 'tuned-3'))).toBe(true)
})
