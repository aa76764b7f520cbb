/** A whole session through the window's bridge: from photos to a model that learned from their corrections, and every process that loads onnxruntime. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { callVerb, finished } from './app.ts'
import { drawPictures } from './pictures.ts'

/** Enough to fine-tune on, with some held out. */
const photos = 8
/** onnxruntime's event client waits about five seconds before its first look-up. */
const afterwards = 15_000 // milliseconds

export async function wholeSession(window: Page, folder: string): Promise<void> {
  await mkdir(join(folder, 'photos'), { recursive: true })
  await drawPictures(join(folder, 'photos'), photos)
  await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Silent' })
  await callVerb(window, 'providers.probe', { provider: 'cpu' })
  await ended(callVerb(window, 'imports.start', { kind: 'folder', folder: join(folder, 'photos'), split: 'none' }))
  const [model] = await callVerb(window, 'models.list')
  const everything = { filter: {}, sort: {} }
  await ended(callVerb(window, 'captioning.start', { modelId: model.id, scope: {}, beam: 2, again: false }))
  const imageIds = await callVerb(window, 'library.ids', everything)
  for (const imageId of imageIds) {
    const {
      captions: [review],
    } = await callVerb(window, 'images.get', { imageId })
    const decision = { kind: 'correct' as const, candidateId: null, text: `${imageId} bright circles on a pale ground`, errorTypes: [], rating: null }
    await callVerb(window, 'review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
  }
  await callVerb(window, 'attention.ofCaption', { modelId: model.id, imageId: imageIds[0], text: 'bright circles' })
  const { encoders } = await callVerb(window, 'encoders.list')
  await callVerb(window, 'encoders.verify', { encoderId: encoders[0].id })
  const snapshot = await callVerb(window, 'snapshots.create', { name: 'All', heldOut: 0.25 })
  await ended(callVerb(window, 'training.start', { parentModelId: model.id, snapshotId: snapshot.id, name: 'Learned', recipe: { epochs: 1 } }))
  await new Promise((resolve) => setTimeout(resolve, afterwards))

  async function ended(started: Promise<{ id: number }>): Promise<void> {
    await finished(window, (await started).id)
  }
}
