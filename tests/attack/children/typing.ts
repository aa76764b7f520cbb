/** A process that types drafts and corrects captions without end, and says each time what is saved. Its parent kills it. */
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { installation } from '../installation.ts'

const [folder = '', round = ''] = process.argv.slice(2)
const service = await openWorkspace({ folder, installation, modelRoots: [], author: () => 'Child', onEvent: () => undefined })
const imageIds = await service.call('library.ids', { filter: {}, sort: {} })
for (let turn = 0; ; turn++) {
  const imageId = imageIds[turn % imageIds.length]
  const text = `round ${round} turn ${turn}`
  let { revision } = (await service.call('images.get', { imageId })).captions[0]
  for (const length of [6, text.length]) {
    const draft = { imageId, slot: 0, expectedRevision: revision, candidateId: null, text: text.slice(0, length), errorTypes: [], rating: null }
    revision = (await service.call('review.saveDraft', draft)).revision
    process.stdout.write(`draft\t${imageId}\t${draft.text}\n`)
  }
  if (turn % 3 === 0) continue
  const decision = { kind: 'correct' as const, candidateId: null, text, errorTypes: [], rating: null }
  await service.call('review.decide', { imageId, slot: 0, expectedRevision: revision, decision })
  process.stdout.write(`correction\t${imageId}\t${text}\n`)
}
