/** Packages of one id in several roots, on disk as they come: the earlier root counts, and what stands back is told. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { packageReader } from '#engine/jobs/package-reader.ts'
import { listModels } from '#engine/models/registry.ts'
import { openService, type WorkspaceService } from '#engine/workspace/service.ts'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { ensureEncoders } from '../../../../../scripts/build-encoder.ts'
import { writeFresh } from '../../../../support/fresh-model.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

beforeAll(async () => {
  await ensureEncoders()
})

async function opened(folder: string, modelRoots: readonly string[]): Promise<WorkspaceService> {
  const service = await openService({ folder, create: { name: 'Zoo' }, modelRoots, packages: packageReader, author: () => 'Ada', onEvent: () => undefined })
  onTestFinished(() => service.close())
  return service
}

test('a package in a workspace’s models/ with a shipped model’s id does not replace it, and is shown with its conflict', async () => {
  const home = temporaryFolder()
  const [shipped, own] = [join(home, 'shipped/base'), join(home, 'zoo/models/mine')]
  await writeFresh(shipped, 'transformer')
  mkdirSync(dirname(own), { recursive: true })
  cpSync(shipped, own, { recursive: true })
  cpSync(shipped, join(home, 'shipped/copy'), { recursive: true })
  mkdirSync(join(home, 'zoo/models/broken'))
  writeFileSync(join(home, 'zoo/models/broken/manifest.json'), '{')
  const service = await opened(join(home, 'zoo'), [join(home, 'shipped')])
  const [model, ...others] = await service.call('models.list', undefined)
  expect(others).toEqual([])
  expect(model.source).toMatchObject({ kind: 'package', origin: 'shipped' })
  const reader = openReadOnly(join(home, 'zoo'))
  expect(reader.prepare('SELECT folder FROM model').pluck().all()).toEqual([shipped])
  reader.close()
  const leftOut = await service.call('models.leftOut', undefined)
  expect(leftOut.map(({ folder, report }) => [folder, report.code])).toEqual([
    [join(home, 'shipped/copy'), 'conflict'],
    [own, 'conflict'],
    [join(home, 'zoo/models/broken'), 'corrupt'],
  ])
  expect(leftOut[1].report.happened).toBe(`The model package ${own} has the id “${model.id}” of another, ${shipped}.`)
})

test('a list of packages tells of those that stand back behind one of their id', async () => {
  const home = temporaryFolder()
  await writeFresh(join(home, 'first/base'), 'transformer')
  cpSync(join(home, 'first/base'), join(home, 'second/base'), { recursive: true })
  const { models, problems } = await listModels([join(home, 'first'), join(home, 'second')])
  expect(models.map(({ folder }) => folder)).toEqual([join(home, 'first/base')])
  expect(problems).toMatchObject([{ folder: join(home, 'second/base'), report: { code: 'conflict' } }])
})
