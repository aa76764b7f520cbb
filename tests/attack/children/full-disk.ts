/** Corrects captions on a small disk, fills it, frees it, and tells what was found as JSON. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openService, type WorkspaceService } from '#engine/workspace/service.ts'
import { checkIntegrity, openReadOnly } from '#engine/workspace/storage/database.ts'
import { toReport } from '#shared/errors.ts'
import { namedPackages } from '../../support/named-packages.ts'
import { diceOf } from '../findings.ts'

const [disk = '', seed = '1'] = process.argv.slice(2)
const dice = diceOf(Number(seed))
const folder = join(disk, 'workspace')
const options = { folder, modelRoots: [], packages: namedPackages, author: () => 'Ada', onEvent: () => undefined }
const wrong: string[] = []
const saved: string[] = []
const counts = { rounds: 0, saved: 0, refused: 0 }

let service: WorkspaceService = await openService({ ...options, create: { name: 'Full' } })
for (; counts.rounds < 8; counts.rounds++) {
  let filling = 0
  const fill = (): void => {
    try {
      writeFileSync(join(disk, `filling-${filling++}`), Buffer.alloc(dice(10_000, 400_000)))
    } catch {
      // It is full; what fitted stays.
    }
  }
  for (let turn = 0; turn < 40; turn++) {
    if (turn > 5) fill()
    const text = `round ${counts.rounds} turn ${turn} ${'x'.repeat(dice(10, 20_000))}`
    const report = await service.call('guidelines.save', { text, expectedVersion: saved.length }).then(
      () => null,
      (error: unknown) => toReport(error),
    )
    if (report === null) saved.push(text)
    else {
      counts.refused += 1
      if (report.code !== 'disk-full') wrong.push(`a full disk was called ${report.code}: ${report.happened}`)
    }
  }
  for (let each = 0; each < filling; each++) rmSync(join(disk, `filling-${each}`), { force: true })
  if (dice(0, 1) === 1) {
    service.close()
    service = await openService(options)
  }
  const database = openReadOnly(folder)
  checkIntegrity(database, folder)
  database.close()
  const kept = (await service.call('guidelines.history', undefined)).map(({ text }) => text)
  if (saved.some((text) => !kept.includes(text))) wrong.push(`round ${counts.rounds}: of ${saved.length} versions ${kept.length} are there`)
}
service.close()
counts.saved = saved.length
process.stdout.write(JSON.stringify({ counts, wrong: [...new Set(wrong)] }))
