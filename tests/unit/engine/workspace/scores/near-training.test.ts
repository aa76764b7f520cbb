import { join } from 'node:path'
import { expect, test } from 'vitest'
import { captionImages, importedImage, importImages, testWorkspace } from '../../../../support/workspace.ts'

/** Photos with their captions, by their split. */
async function withCaptions(captions: readonly (readonly ['train' | 'dev', ...string[]])[]) {
  const workspace = await testWorkspace()
  await importImages(
    workspace,
    captions.map(([split, ...texts], place) =>
      importedImage(join(workspace.folder, 'photos'), place + 1, { split, references: texts.map((text) => ({ text, source: 'file' })) }),
    ),
  )
  return workspace
}

test('the training captions nearest to a caption come first, one a photo, with what they lack', async () => {
  const { call } = await withCaptions([
    ['dev', 'a dog runs on the beach'],
    ['train', 'a dog runs', 'a black dog runs on the beach'],
    ['train', 'The dog runs on a beach.'],
    ['train', 'a cat sleeps'],
    ['train', 'a dog sleeps'],
  ])
  expect(await call('scores.nearTraining', { imageId: 1, text: 'a dog runs on the beach' })).toEqual([
    { imageId: 3, fileName: 'image3.jpg', text: 'The dog runs on a beach.', overlap: 1, lacks: [] },
    { imageId: 2, fileName: 'image2.jpg', text: 'a black dog runs on the beach', overlap: 6 / 7, lacks: [] },
    { imageId: 5, fileName: 'image5.jpg', text: 'a dog sleeps', overlap: 2 / 7, lacks: ['runs', 'on', 'the', 'beach'] },
  ])
})

test('neither the photo itself nor what is no training caption is near', async () => {
  const workspace = await withCaptions([
    ['train', 'a red boat'],
    ['dev', 'a red boat'],
    ['train', 'two cows'],
  ])
  await captionImages(workspace, [3]) // “base says 3 well”: a candidate, which nobody learned from
  expect(await workspace.call('scores.nearTraining', { imageId: 1, text: 'a red boat' })).toEqual([])
  expect(await workspace.call('scores.nearTraining', { imageId: 2, text: 'base says well' })).toEqual([])
  expect((await workspace.call('scores.nearTraining', { imageId: 2, text: 'a red boat' })).map(({ imageId }) => imageId)).toEqual([1])
})

test('a caption of function words alone, or of none at all, is answered', async () => {
  const { call } = await withCaptions([
    ['dev', 'it'],
    ['train', 'there it is'],
  ])
  expect(await call('scores.nearTraining', { imageId: 1, text: 'it is' })).toMatchObject([{ imageId: 2, overlap: 2 / 3 }])
  expect(await call('scores.nearTraining', { imageId: 1, text: ' "!" ' })).toEqual([])
})
