/** References added, corrected and set aside by people: each change and its undo entry in one transaction. What was imported is never overwritten. */
import type { VerbParsed } from '#shared/api.ts'
import { tidyCaption } from '#shared/review.ts'
import { recordAction, type ReferenceChange } from '../repositories/actions.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { getImage } from '../repositories/images.ts'
import { getReference, insertReference, referencesEdited, restoreReference, standingCorrections, type StoredReference } from '../repositories/references.ts'
import type { ReviewContext } from './review-context.ts'

/** @throws AppError `not-found` for an image that is not there */
export function addReference(context: ReviewContext, { imageId, text }: VerbParsed<'references.add'>): void {
  change(context, imageId, 'Add a reference to', () => [added(context, { imageId, text, source: '', corrects: null })])
}

/** @throws AppError `not-found` */
export function correctReference(context: ReviewContext, referenceId: number, text: string): void {
  const before = getReference(context.database, referenceId)
  if (tidyCaption(text) === before.text && before.asideAt === null) return
  const { imageId, source } = before
  change(context, imageId, 'Correct a reference of', () => [...setAside(context, before), added(context, { imageId, text, source, corrects: referenceId })])
}

/** @throws AppError `not-found` */
export function setReferenceAside(context: ReviewContext, referenceId: number): void {
  const before = getReference(context.database, referenceId)
  if (before.asideAt === null) change(context, before.imageId, 'Set aside a reference of', () => setAside(context, before))
}

/** @throws AppError `not-found` */
export function putReferenceBack(context: ReviewContext, referenceId: number): void {
  const before = getReference(context.database, referenceId)
  if (before.asideAt === null) return
  change(context, before.imageId, 'Put back a reference of', () => [
    ...standingCorrections(context.database, referenceId).flatMap((other) => setAside(context, other)),
    changed(context, before, { ...before, asideBy: null, asideAt: null }),
  ])
}

type Written = Pick<StoredReference, 'imageId' | 'text' | 'source' | 'corrects'>

function added({ database, author, time }: ReviewContext, { text, ...written }: Written): ReferenceChange {
  const after = insertReference(database, { ...written, text: tidyCaption(text), author, writtenAt: time, asideBy: null, asideAt: null })
  return { referenceId: after.id, imageId: after.imageId, before: null, after }
}

function setAside(context: ReviewContext, before: StoredReference): ReferenceChange[] {
  return before.asideAt === null ? [changed(context, before, { ...before, asideBy: context.author, asideAt: context.time })] : []
}

function changed({ database }: ReviewContext, before: StoredReference, after: StoredReference): ReferenceChange {
  restoreReference(database, after.id, after)
  return { referenceId: after.id, imageId: after.imageId, before, after }
}

function change({ database, author, time }: ReviewContext, imageId: number, verb: string, work: () => ReferenceChange[]): void {
  const transaction = database.transaction(() => {
    const { fileName } = getImage(database, imageId)
    recordAction(database, `${verb} ${fileName}`, author, { references: work() }, time)
    referencesEdited(database, imageId)
    refreshImageText(database, [imageId])
  })
  transaction.immediate()
}

/** Puts references back to one side of an action. */
export function restoreReferences({ database }: ReviewContext, changes: readonly ReferenceChange[], side: 'before' | 'after'): void {
  for (const { referenceId, [side]: reference } of changes) restoreReference(database, referenceId, reference)
  for (const imageId of new Set(changes.map((one) => one.imageId))) {
    referencesEdited(database, imageId)
    refreshImageText(database, [imageId])
  }
}
