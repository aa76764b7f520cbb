/** Scoring a set with a model. */
import { countOf } from '#shared/domain.ts'
import type { JobFunction } from '#shared/jobs.ts'
import { withReader } from './job-reader.ts'
import { findScorers } from '#engine/scoring/scorers.ts'
import { scoreSet } from '#engine/scoring/scoring.ts'

export const scoreJob: JobFunction<'score'> = (input, context) =>
  withReader(context, async (database) => {
    const { images, scores } = await scoreSet(context, database, { ...input, scorers: await findScorers(context) })
    const cider = scores.CIDEr === undefined ? '' : `, CIDEr ${scores.CIDEr.toFixed(3)}`
    context.progress({ done: images, total: images, unit: 'images', message: `Scored ${countOf(images, 'image')}${cider}` })
    return { modelId: input.modelId, set: input.set, images }
  })
