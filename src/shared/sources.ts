/** What work is pointed at: the files and folders that an import reads, the images that a job takes. Verbs and jobs share it. */
import { z } from 'zod'
import { libraryFilterSchema, splits } from './domain.ts'

export const path = z.string().min(1).max(4096)
export const imageId = z.number().int().positive()

/** How text files are written; anything but UTF-8 is converted when a person says so. */
export const encodings = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const
const column = z.string().min(1).max(200)

/** Captions of another captioner, in any format of the table: an external model. */
export const resultsSourceSchema = z.object({
  kind: z.literal('results'),
  file: path,
  modelName: z.string().trim().min(1).max(200),
  note: z.string().max(2000).default(''),
  licence: z.string().max(500).default(''),
  encoding: z.enum(encodings).optional(),
  columns: z.object({ photo: column, id: column, caption: column, author: column }).partial().optional(),
})
export type ResultsSource = z.infer<typeof resultsSourceSchema>

/** Where photos and their captions come from. */
export const importSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), folder: path, split: z.enum(splits).default('none') }),
  z.object({ kind: z.literal('coco'), file: path, imageRoot: path, split: z.enum(splits).default('none') }),
  z.object({
    kind: z.literal('flickr8k'),
    captions: path,
    imageRoot: path,
    lists: z.object({ train: path.optional(), dev: path.optional(), test: path.optional() }).default({}),
  }),
  resultsSourceSchema,
])
export type ImportSource = z.infer<typeof importSourceSchema>

/** A filter's images, or the images of a list; all where neither is given. */
export const scopeSchema = z.object({ filter: libraryFilterSchema.optional(), imageIds: z.array(imageId).optional() })
