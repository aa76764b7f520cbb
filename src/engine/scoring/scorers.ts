/** The scorers that a scoring job has at hand: METEOR from the person's resources or built in, SPICE where it is installed. */
import { scoringToolsSchema } from '#shared/domain.ts'
import { sentence, toReport } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { usualMetrics } from '#shared/metrics/table.ts'
import type { EvaluationRequest } from '#engine/metrics/evaluate.ts'
import { findMeteor, requireParaphrases } from '#engine/metrics/meteor/resources.ts'
import type { MeteorOptions } from '#engine/metrics/meteor/meteor.ts'
import { findSpice, type SpiceInstallation } from '#engine/metrics/spice/installation.ts'

export interface Scorers extends Pick<EvaluationRequest, 'metrics' | 'spice'> {
  meteor?: MeteorOptions | undefined
}

/**
 * Looks for what the settings name. A tool that is named but cannot be used becomes a failure of the job, which then scores without it:
 * METEOR by the built-in variant, under the variant's own name.
 */
export async function findScorers(context: JobContext): Promise<Scorers> {
  const tools = context.environment.scoringTools ?? scoringToolsSchema.parse({})
  const meteor = await meteorOf(tools.meteorFolder, tools.paraphraseFile).catch(async (error: unknown): Promise<MeteorOptions> => {
    const reason = `${sentence(toReport(error))} The built-in variant was used instead, under its own name.`
    await context.emit({ kind: 'failure', subject: 'METEOR', reason })
    return {}
  })
  const spice = tools.spiceFolder === '' ? undefined : await spiceOf(context, tools.spiceFolder, tools.javaPath)
  return { metrics: usualMetrics(spice === undefined ? [] : ['SPICE']), meteor, spice }
}

/** Where METEOR's resources are, by what the settings name; with nothing named, the built-in variant. @throws AppError `not-found` */
export async function meteorOf(folder: string, paraphrases: string): Promise<MeteorOptions> {
  if (folder === '') return {}
  await findMeteor(folder)
  if (paraphrases === '') return { resources: folder }
  await requireParaphrases(paraphrases)
  return { resources: folder, paraphrases }
}

async function spiceOf(context: JobContext, folder: string, java: string): Promise<SpiceInstallation | undefined> {
  const status = await findSpice({ folder, java: java === '' ? undefined : java })
  if (status.state === 'ready') return status.installation
  await context.emit({ kind: 'failure', subject: 'SPICE', reason: status.reason })
  return undefined
}
