/** What inputs of several verbs have in common. */
import { z } from 'zod'
import { imageId } from '../exchange.ts'

/** A file that is there may go: the dialog for saving asked its own question, or the command line was told. */
export const replace = z.boolean().default(false)
export const modelId = z.string().min(1).max(200)
export const imageIds = z.array(imageId).min(1).max(200_000)
