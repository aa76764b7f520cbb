/** The part of the contract that asks a captioner about a caption: main passes it on to the vision process. */
import { z } from 'zod'
import { imageId } from '../exchange.ts'
import type { BeamTree, CaptionAttention, CaptionOcclusion } from '../looking/looking.ts'
import { modelId } from './inputs.ts'
import { verb } from './verb.ts'

const ofCaption = z.object({ modelId, imageId, text: z.string().max(2000) })

export const lookingVerbs = {
  attention: {
    /** Where a model looks, how sure it is, and what else it could have written, for each word of a caption. */
    ofCaption: verb<CaptionAttention>()('main', ofCaption),
    /** How much less probable each word is with one place of the image at a time taken away. */
    occlusion: verb<CaptionOcclusion>()('main', ofCaption),
    /** How a search with so many beams finds the captions of an image: what it keeps and drops, word by word. */
    beamTree: verb<BeamTree>()('main', z.object({ modelId, imageId, beams: z.number().int().min(1).max(10) })),
  },
} as const
