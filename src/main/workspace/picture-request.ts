/** What is asked of the process that reads photos for the window. */
import { z } from 'zod'

export const pictureRequest = z.object({
  /** The photo, the folder that it must lie in, and what errors call it. */
  source: z.string(),
  root: z.string(),
  fileName: z.string(),
  /** SHA-256 of the file that it was imported from. */
  contentHash: z.string(),
  /** Where the smaller version is kept, and its longest side in pixels. */
  kept: z.string(),
  size: z.number().int().positive(),
  /** The photo's own bytes, where the window can show their type. */
  own: z.boolean(),
})
export type PictureRequest = z.infer<typeof pictureRequest>

const contentSchema = z.object({ contentHash: z.string(), width: z.number(), height: z.number() })
/** What lies there now, where that is another photo than was imported. */
const otherSchema = contentSchema.nullable()

export const pictureSchema = z.object({ type: z.string(), bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array), other: otherSchema })
export const lookSchema = z.object({ other: otherSchema })
export type Picture = z.infer<typeof pictureSchema>
