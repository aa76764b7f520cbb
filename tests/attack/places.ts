/** The folder of an open workspace deleted, moved or replaced, again and again: no save says ok, and saving elsewhere keeps all. */
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openService } from '#engine/workspace/service.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { toReport } from '#shared/errors.ts'
import { namedPackages } from '../support/named-packages.ts'
import { diceOf, oneOf, type Attack } from './findings.ts'

const rounds = 40

const ways: ((folder: string) => void)[] = [
  (folder) => rmSync(folder, { recursive: true }),
  (folder) => renameSync(folder, `${folder}-moved`),
  (folder) => rmSync(`${workspaceLayout(folder).database}-wal`),
  (folder) => {
    const { database } = workspaceLayout(folder)
    copyFileSync(database, `${database}.copy`)
    renameSync(`${database}.copy`, database)
  },
]

export const attackPlaces: Attack = async ({ folder, seed }) => {
  const dice = diceOf(seed)
  const wrong: string[] = []
  mkdirSync(folder, { recursive: true })
  const options = { modelRoots: [], packages: namedPackages, author: () => 'Ada', onEvent: () => undefined }
  for (let round = 0; round < rounds; round++) {
    const place = join(folder, `workspace-${round}`)
    const service = await openService({ ...options, folder: place, create: { name: 'Lost' } })
    const versions = dice(1, 4)
    for (let version = 0; version < versions; version++) await service.call('guidelines.save', { text: `Rule ${version}`, expectedVersion: version })
    oneOf(dice, ways)(place)
    const saving = await service.call('guidelines.save', { text: 'Lost', expectedVersion: versions }).then(
      () => 'ok',
      (error: unknown) => toReport(error).code,
    )
    if (saving !== 'displaced') wrong.push(`round ${round}: a save said ${saving}`)
    const elsewhere = join(folder, `rescued-${round}`)
    await service.call('workspace.saveElsewhere', { folder: elsewhere })
    service.close()
    const rescued = await openService({ ...options, folder: elsewhere })
    const kept = (await rescued.call('guidelines.history', undefined)).length
    if (kept !== versions) wrong.push(`round ${round}: ${kept} of ${versions} versions are elsewhere`)
    rescued.close()
  }
  return { counts: { rounds }, wrong }
}
