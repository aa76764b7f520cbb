/** What a correction corrects where nobody says so: what the parent said, kept for a run that is resumed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withCandidates } from '#engine/fine-tuning/corrected-candidates.ts'
import { fineTuningTexts } from '#engine/fine-tuning/fine-tuning-data.ts'
import type { SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'
import { tinyFeatures } from '../../../support/tiny-training.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const items = (replaces: (imageId: number) => string | null): SnapshotItem[] =>
  [1, 2, 3, 4, 5, 6].map((imageId) => ({
    ...{ imageId, draw: imageId, kind: 'correction', text: `text ${imageId}`, weight: 1, heldOut: false, replaces: replaces(imageId), rating: null },
  }))
const keys = new Map([1, 2, 3, 4, 5].map((imageId) => [imageId, `photo ${imageId}`]))

/** Neither the job nor the parent is asked: what an earlier attempt kept is read. */
function candidates(replaces: (imageId: number) => string | null, folder: string) {
  const unused = new Proxy({}, { get: (_, name) => expect.fail(`${String(name)} was asked for`) }) as never
  return withCandidates(unused, { parent: unused, features: tinyFeatures, texts: fineTuningTexts(items(replaces)), keys, folder })
}

test('comes from the lineage, else from the parent, and stays unknown for a photo without features', async () => {
  const folder = temporaryFolder()
  const kept = [2, 3, 4, 5].map((imageId) => ({ imageId, captions: [`best of ${imageId}`, `second of ${imageId}`] }))
  writeFileSync(join(folder, 'corrected-candidates.json'), JSON.stringify(kept))
  const { lineage } = await candidates((imageId) => (imageId === 1 ? 'as it was' : null), folder)
  expect([...lineage.replaced]).toEqual([[1, ['as it was']], ...[2, 3, 4, 5].map((imageId) => [imageId, [`best of ${imageId}`]]), [6, [null]]])
})

test('needs nobody where every correction names it', async () => {
  const { lineage } = await candidates((imageId) => `candidate ${imageId}`, temporaryFolder())
  expect([...lineage.replaced.values()].flat()).toEqual([1, 2, 3, 4, 5, 6].map((imageId) => `candidate ${imageId}`))
})
