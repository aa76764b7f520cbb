/** The whole of a fine-tuning over texts and features that are at hand: what the window's job, the command line and the benchmark run alike. */
import type { GateReport, TeachingReport } from '#shared/fine-tuning.ts'
import type { JobContext } from '#shared/jobs.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { learnsFromCandidates } from './correction-examples.ts'
import { withCandidates } from './corrected-candidates.ts'
import { digestOfTexts } from './fine-tuning-data.ts'
import { fineTune, type Finished, type FineTuning } from './fine-tune.ts'
import { fineTuningRun, type FineTuningInput } from './fine-tuning-run.ts'
import { gateRun } from './gated-run.ts'
import { settledRecipe } from './learning-method.ts'
import { teachingReport } from './lessons.ts'

export interface FineTunedInput extends FineTuningInput {
  /** Error types that people named of corrected images. */
  errors: ReadonlyMap<number, readonly string[]>
}

export interface FineTuned {
  run: FineTuning
  finished: Finished
  gate: GateReport
  /** What is kept of what was learned; where the gate's verdict is `worse`, the parent stays in its place. */
  weights: Weights
  lessons: TeachingReport
  /** SHA-256 over photos' hashes and their texts, of those learned from (rehearsed ones too) and of those judged by: the card names both. */
  digests: { learned: string; judged: string }
}

/** @throws AppError `cancelled`, `too-little-data`, … as fineTune */
export async function fineTuneAndJudge(context: JobContext, { errors, ...input }: FineTunedInput): Promise<FineTuned> {
  const { parent, features, keys, checkpointFolder } = input
  const fromCandidates = learnsFromCandidates(settledRecipe(input.recipe, parent.manifest))
  const texts = fromCandidates ? await withCandidates(context, { parent, features, keys, texts: input.texts, folder: checkpointFolder }) : input.texts
  const run = fineTuningRun({ ...input, texts })
  const finished = await fineTune(context, run)
  const corrected = texts.corrections.size + texts.heldOut.size + texts.stopping.size
  const { gate, weights, corrections } = await gateRun(context, run, finished, { corrected, method: run.method })
  const digests = {
    learned: digestOfTexts(
      [texts.corrections, texts.replay, ...(fromCandidates ? [texts.lineage.replaced, texts.lineage.rejected, texts.lineage.written] : [])],
      keys,
    ),
    judged: digestOfTexts([texts.heldOut, texts.domain], keys),
  }
  return { run, finished, gate, weights, lessons: teachingReport(run, corrections, texts.corrections, errors), digests }
}
