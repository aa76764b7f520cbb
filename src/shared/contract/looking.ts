/** The part of the contract that asks why: a captioner about its caption (main passes it on to the vision process), and a score about its parts. */
import { z } from 'zod'
import { text } from '../annotation/decisions.ts'
import { imageId } from '../exchange.ts'
import type { BeamTree, CaptionAttention, CaptionOcclusion } from '../looking/looking.ts'
import type { NearCaption } from '../looking/near-captions.ts'
import type { ScoreExplanation } from '../metrics/explanation.ts'
import type { MeteorAlignment } from '../metrics/meteor-alignment.ts'
import { modelId } from './inputs.ts'
import { verb } from './verb.ts'

const ofText = z.object({ imageId, text })
const ofCaption = z.object({ modelId, imageId, text: z.string().max(2000) })

export const lookingVerbs = {
  attention: {
    /** Where a model looks, how sure it is, and what else it could have written, for each word of a caption. */
    ofCaption: verb<CaptionAttention>()('main', ofCaption),
    /** How much less probable each word is with one place of the image at a time taken away. */
    occlusion: verb<CaptionOcclusion>()('main', ofCaption),
    /** Ends the work on `occlusion` where some is under way: nobody waits for it. */
    stopOcclusion: verb<null>()('main', z.undefined()),
    /** How a search with so many beams finds the captions of an image: what it keeps and drops, word by word. */
    beamTree: verb<BeamTree>()('main', z.object({ modelId, imageId, beams: z.number().int().min(1).max(10) })),
  },
} as const

/** Those of `scores` that say why. */
export const scoreReasonVerbs = {
  /** Why a text has its scores: n-grams, references, lengths. Null where there are no references. */
  explain: verb<ScoreExplanation | null>()('workspace', ofText),
  /** The training captions nearest to a text, those of the image itself left out. */
  nearTraining: verb<NearCaption[]>()('workspace', ofText),
  /** Which words METEOR matches; null without references. Takes seconds at first: its resources are read by the vision process. */
  meteor: verb<MeteorAlignment | null>()('main', ofText),
} as const
