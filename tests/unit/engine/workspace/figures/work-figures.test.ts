import { expect, test } from 'vitest'
import { workFigures } from '#engine/workspace/figures/work-figures.ts'
import { workTable } from '#engine/workspace/figures/work-table.ts'
import { closeDatabase, openDatabase, type Database } from '#engine/workspace/storage/database.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { captionImages, importImages, testWorkspace } from '../../../../support/workspace.ts'

const today = new Date(new Date().setHours(12, 0, 0, 0))
const at = (seconds: number, daysAgo = 0): string => new Date(today.getTime() + seconds * 1000 - daysAgo * 86_400_000).toISOString()

/** Moves the steps of a workspace to given times, in their order, and to given authors. */
async function placed(folder: string, steps: { at: string; author?: string }[], work: (database: Database) => void): Promise<void> {
  const database = await openDatabase(folder, false)
  try {
    database.exec('DROP TRIGGER correction_is_fixed')
    const ids = database.prepare<[], number>('SELECT id FROM action ORDER BY id').pluck().all()
    ids.forEach((id, index) => {
      const { at: time, author = 'Ada' } = steps[index]
      database
        .prepare(
          `UPDATE correction SET created_at = ? WHERE image_id IN (SELECT image_id FROM action_change WHERE action_id = ? AND after ->> 'text' = correction.text)`,
        )
        .run(time, id)
      database.prepare('UPDATE action SET created_at = ?, author = ? WHERE id = ?').run(time, author, id)
    })
    work(database)
  } finally {
    closeDatabase(database)
  }
}

test('figures are added up by day, model and author; pauses, what was undone and what was done in bulk are left out', async () => {
  const workspace = await testWorkspace()
  const { call, service, folder } = workspace
  await importImages(workspace, 12)
  await captionImages(
    workspace,
    Array.from({ length: 12 }, (_, index) => index + 1),
  )
  const candidate = async (imageId: number): Promise<number> => (await call('images.get', { imageId })).candidates[0].id
  const accept = async (imageId: number) =>
    call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: await candidate(imageId), rating: null } })
  const correct = async (imageId: number, text: string) =>
    call('review.decide', {
      imageId,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: await candidate(imageId), text, errorTypes: [], rating: null },
    })
  await accept(1)
  await accept(2)
  await correct(3, 'base says 3 better') // one word out, one in
  await correct(4, 'base says 4') // one out
  await call('review.decide', { imageId: 5, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  await accept(6)
  await call('review.decideMany', { imageIds: [7, 8, 9], decision: 'accept' })
  await call('review.mark', { imageId: 1, slot: 0, expectedRevision: 1, errorTypes: [], rating: 5 })
  await accept(10)
  await call('review.undo')
  const steps: { at: string; author?: string }[] = [0, 10, 30, 34, 40, 1000, 1010, 1020, 1030].map((seconds) => ({ at: at(seconds) }))
  steps[5] = { at: at(0, 1), author: 'Grace' } // image 6, yesterday
  service.close()
  await placed(folder, steps, (database) => {
    const work = workFigures(database, { author: 'Ada', days: 30 }, at(2000))
    expect(work.today).toEqual({
      captions: 4,
      accepted: 2,
      corrected: 2,
      rejected: 0,
      skipped: 1,
      inBulk: 3,
      perHour: expect.closeTo((3600 * 4) / 40, 3) as number,
      medianSeconds: expect.closeTo(8, 3) as number, // of 4, 6, 10 and 20
      acceptedShare: 0.5,
      editDistance: 1.5,
    })
    expect(work.whole).toEqual(work.today)
    expect(work.days).toMatchObject([{ captions: 4 }])
    expect(work.models).toMatchObject([
      { name: 'Model base', captions: 4, inBulk: 3, editDistance: 1.5 },
      { name: 'No candidate', captions: 0, skipped: 1 },
    ])
    expect(work.authors).toMatchObject([
      { name: 'Ada', captions: 4 },
      { name: 'Grace', captions: 1, perHour: null, medianSeconds: null, editDistance: null },
    ])
    expect(workFigures(database, { author: null, days: null }, at(2000)).days.map(({ captions }) => captions)).toEqual([1, 4])
    expect(workFigures(database, { author: null, days: 1 }, at(2000)).days.map(({ captions }) => captions)).toEqual([4])
    expect(workFigures(database, { author: 'Nobody', days: null }, at(2000)).whole).toMatchObject({ captions: 0, perHour: null })
    const table = workTable(workFigures(database, { author: null, days: null }, at(2000))).split('\n')
    expect(table[0]).toBe(
      'by,name,captions,accepted,corrected,rejected,skipped,in_bulk,captions_per_hour,median_seconds,accepted_share,words_changed_per_correction',
    )
    expect(table).toContain('author,Ada,4,2,2,0,1,3,360,8,0.5,1.5')
  })
})

test('an empty workspace has no figures', async () => {
  const database = await openDatabase(temporaryFolder(), true)
  expect(workFigures(database, { author: null, days: 30 }, at(0))).toMatchObject({
    whole: { captions: 0, medianSeconds: null },
    days: [],
    models: [],
    authors: [],
  })
  closeDatabase(database)
})
