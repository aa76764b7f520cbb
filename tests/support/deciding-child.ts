/** A process that corrects captions as fast as it can and says each time what is saved. Its parent kills it. */
import { z } from 'zod'
import { openService } from '#engine/workspace/service.ts'
import { namedPackages } from './named-packages.ts'

const detailSchema = z.object({ captions: z.array(z.object({ revision: z.number() })) })
const [folder = '', round = ''] = process.argv.slice(2)
const service = await openService({ folder, modelRoots: [], packages: namedPackages, author: () => 'Child', onEvent: () => undefined })
const { images } = service.info()
for (let turn = 0; ; turn++) {
  const imageId = 1 + (turn % images)
  const text = `round ${round} turn ${turn}`
  const { revision } = await service.handle('images.get', { imageId }).then((detail) => detailSchema.parse(detail).captions[0])
  await service.handle('review.decide', {
    imageId,
    slot: 0,
    expectedRevision: revision,
    decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null },
  })
  process.stdout.write(`${imageId}\t${text}\n`)
}
