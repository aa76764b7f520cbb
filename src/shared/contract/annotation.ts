/** The part of the contract that annotators arrange for themselves with: labels, saved lists, figures of their work, texts changed in bulk. */
import { z } from 'zod'
import { expectedRevision, slot, text } from '../annotation/decisions.ts'
import { labelEditSchema, labelKinds, type Label } from '../annotation/labels.ts'
import { mostTextChanges, textOperationSchema, type TextChanges } from '../annotation/text-changes.ts'
import { workQuerySchema, type Work } from '../annotation/work-figures.ts'
import type { PhotoList } from '../domain.ts'
import { imageId, path, scopeSchema } from '../exchange.ts'
import { imageIds, replace } from './inputs.ts'
import { verb } from './verb.ts'

const none = z.undefined()
const listId = z.number().int().positive()
const listName = z.string().trim().min(1).max(100)

export const annotationVerbs = {
  /** Many corrections and drafts changed at once. */
  texts: {
    /** Every change that an operation would make; nothing is written. */
    preview: verb<TextChanges>()('workspace', z.object({ operation: textOperationSchema, scope: scopeSchema })),
    /** Makes the changes that a person ticked, as one step that undo takes back; captions that changed meanwhile are passed by. */
    change: verb<{ changed: number; passedBy: number }>()(
      'workspace',
      z.object({
        operation: textOperationSchema,
        changes: z
          .array(z.object({ imageId, slot, expectedRevision, text: text.refine((value) => value.trim() !== '', 'a caption has words') }))
          .min(1)
          .max(mostTextChanges),
      }),
    ),
  },
  /** How somebody's work goes. */
  work: {
    figures: verb<Work>()('workspace', workQuerySchema),
    /** Writes them as CSV. */
    export: verb<null>()('workspace', workQuerySchema.extend({ file: path, replace })),
  },
  /** Lists of photos in a person's own order. The filter's `listId` shows one, the order `list` as it is arranged. */
  lists: {
    list: verb<PhotoList[]>()('workspace', none),
    /** Puts images at the end of a list, or into a new one. */
    add: verb<PhotoList>()('workspace', z.object({ list: z.union([listId, z.object({ name: listName })]), imageIds })),
    takeOut: verb<PhotoList>()('workspace', z.object({ listId, imageIds })),
    /** Puts images of the list before another one of it, null: at its end. */
    move: verb<PhotoList>()('workspace', z.object({ listId, imageIds, before: imageId.nullable() })),
    rename: verb<PhotoList>()('workspace', z.object({ listId, name: listName })),
    remove: verb<null>()('workspace', z.object({ listId })),
  },
  /** The workspace's own error types and tags. */
  labels: {
    /** In their order, retired ones last. */
    list: verb<Label[]>()('workspace', none),
    /** Puts this list in place of all labels of the kind. One that is missing goes, or is retired where something has it. */
    save: verb<Label[]>()('workspace', z.object({ kind: z.enum(labelKinds), labels: z.array(labelEditSchema).max(100) })),
  },
} as const
