/**
 * How a parent is best corrected, read from what its manifest says of its training.
 *
 * Measured (docs/fine-tuning.md): a parent that went through self-critical training loses with every step that moves its matrices, whether it imitates
 * corrections or is rewarded by them; with biases and norms alone it takes on what corrections have in common and keeps what it had won. A parent
 * that only ever imitated has less to lose, and learns what it has never seen with its whole decoder.
 */
import { z } from 'zod'
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { ModelManifest } from '#engine/models/manifest.ts'

export type Schooling = 'self-critical' | 'cross-entropy'

/** A recipe without anything left to the parent. */
export type SettledRecipe = { [Name in keyof FineTuneRecipe]: NonNullable<FineTuneRecipe[Name]> }

type Chosen = Pick<
  SettledRecipe,
  'parts' | 'epochs' | 'learningRate' | 'criticEpochs' | 'labelSmoothing' | 'averaging' | 'replay' | 'keep' | 'emphasis' | 'preference' | 'ratings'
>

/** What corrections say of candidates is left alone: no trial showed that it helps (docs/fine-tuning.md). */
const alone = { emphasis: 1, preference: 0, ratings: 0 }

const chosen: Record<Schooling, Chosen> = {
  'self-critical': { parts: 'biases', epochs: 4, learningRate: 1e-3, criticEpochs: 0, labelSmoothing: 0, averaging: 0.98, replay: 0.5, keep: 0.5, ...alone },
  'cross-entropy': { parts: 'decoder', epochs: 12, learningRate: 2e-4, criticEpochs: 4, labelSmoothing: 0.1, averaging: 0, replay: 0.85, keep: 0.9, ...alone },
}

/**
 * When a share of what was learned loses too much to be kept, by photos of the parent's domain that choose: where their mean does, or where it does beyond doubt.
 * A parent of imitation knows by heart what it learned from, and loses more there than on photos that are new to it (docs/fine-tuning.md).
 */
export const lossCounts: Record<Schooling, LossCounts> = { 'self-critical': 'by the mean', 'cross-entropy': 'beyond doubt' }
export type LossCounts = 'by the mean' | 'beyond doubt'

const objectiveSchema = z.object({ objective: z.object({ kind: z.string() }) })
const recipeSchema = z.union([
  z.object({ schooling: z.enum(['self-critical', 'cross-entropy']) }),
  z.object({ stages: z.array(objectiveSchema).min(1) }),
  objectiveSchema,
])

/** What the last stage of a captioner's training was; a fine-tuned one has its parent's. One whose manifest does not say counts as self-critical: it has more to lose. */
export function schoolingOf({ provenance }: Pick<ModelManifest, 'provenance'>): Schooling {
  const { success, data } = recipeSchema.safeParse(provenance.recipe)
  if (!success) return 'self-critical'
  if ('schooling' in data) return data.schooling
  const { objective } = 'stages' in data ? data.stages[data.stages.length - 1] : data
  return objective.kind === 'self-critical' ? 'self-critical' : 'cross-entropy'
}

/** Fills in what the recipe leaves to the parent. */
export function settledRecipe(recipe: FineTuneRecipe, parent: Pick<ModelManifest, 'provenance'>): SettledRecipe {
  const given = Object.fromEntries(Object.entries(recipe).filter(([, value]) => value !== null)) as Partial<SettledRecipe>
  return { ...(recipe as SettledRecipe), ...chosen[schoolingOf(parent)], ...given }
}

const learning: Record<SettledRecipe['parts'], string> = {
  biases: 'with biases and norms alone',
  decoder: 'with the whole decoder',
  all: 'with all parts',
}

const reasons: Record<Schooling, string> = {
  'self-critical': 'the parent went through self-critical training, and loses what it won there when its matrices move',
  'cross-entropy': 'the parent learned by imitation alone, and learns what it has never seen with its matrices',
}

/** How a run learns, and why so. */
export function methodOf(recipe: FineTuneRecipe, parent: Pick<ModelManifest, 'provenance'>): string {
  const { parts, emphasis, preference } = settledRecipe(recipe, parent)
  const changed = emphasis > 1 ? `, changed words counting ${emphasis} times as much as kept ones,` : ''
  const preferred = preference > 0 ? ' and preferred to what they replace' : ''
  const told = `Corrections are imitated${changed} ${learning[parts]}${preferred}`
  return recipe.parts === null ? `${told}: ${reasons[schoolingOf(parent)]}.` : `${told}, as the recipe says.`
}
