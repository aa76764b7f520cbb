/**
 * Preference training: a correction is made likelier than the caption it replaces, and a rejected candidate less likely, each beside what the start
 * of the run says (direct preference optimisation, Rafailov et al. 2023). With m = log π(preferred) − log π(rejected), without a preferred caption
 * m = −log π(rejected), and m₀ the same of the start, a contrast costs −log σ(β(m − m₀)); its gradient is −βσ(−β(m − m₀))·∇m, which the
 * cross-entropy graph gives with that factor as the weight of the preferred caption's targets, and its negative as that of the rejected one's. The
 * factors come from a pass without dropout over the weights as they stand.
 */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { Captioner, TrainingShape, Weights } from '#engine/captioners/captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import {
  contrastShown,
  createBatch,
  fillBatch,
  rowsPerImage,
  writeTargets,
  type Batch,
  type BatchPlan,
  type Contrast,
  type TrainingExample,
} from '../data/batches.ts'
import { visualFeeds } from '../loop/visual-feeds.ts'
import type { PreferenceRecipe } from '../runs/recipe.ts'

export interface Preference {
  /** Adds the rejected captions of a plan's photos to its filled batch, each in the photo's last row, and the contrasts' weights. */
  fill(batch: Batch, plan: BatchPlan): Promise<PreferenceBatch>
  close(): Promise<void>
}

export interface PreferenceBatch {
  /** Σ weight · −log σ(β(m − m₀)) over the batch's contrasts, over their number. */
  loss: number
  /** What the contrasts' weights add to the graph's loss. */
  surrogate: number
  /** Targets of the rejected captions. */
  words: number
}

export interface PreferenceOptions extends PreferenceRecipe {
  captioner: Captioner
  /** Weights that change while it works. */
  current: Weights
  /** Whose opinion preferences are measured beside. */
  start: Weights
  /** Of the batches; the last row of each photo is for the rejected caption. */
  shape: TrainingShape
  cutCaptions: 'end' | 'open'
  /** Whose contrasts will come. */
  examples: readonly TrainingExample[]
  features: FeatureSource
  session: SessionOptions
}

interface Shown {
  contrast: Contrast
  /** Rows in the batch. */
  preferred: number | undefined
  rejected: number
}

export async function openPreference(options: PreferenceOptions): Promise<Preference> {
  const { captioner, current, start, shape, cutCaptions, examples, features, weight, beta } = options
  const { steps } = shape
  const session = await createSession(captioner.scoringGraph(shape, 'fed'), options.session)
  const learned = (batch: Batch, row: number, caption: Int32Array): number => writeTargets(batch, row, caption, steps, cutCaptions)

  /** Writes the rejected captions of a filled batch's contrasts. */
  function show(batch: Batch, plan: BatchPlan): (Shown & { targets: { preferred: number; rejected: number } })[] {
    const rows = rowsPerImage(batch, steps)
    return plan.images.flatMap((planned, image) => {
      const contrast = contrastShown(planned)
      if (contrast === undefined) return []
      const preferred = contrast.preferred === undefined ? undefined : image * rows
      const rejected = image * rows + rows - 1
      const targets = {
        preferred: preferred === undefined || contrast.preferred === undefined ? 0 : learned(batch, preferred, contrast.preferred),
        rejected: learned(batch, rejected, contrast.rejected),
      }
      return [{ contrast, preferred, rejected, targets }]
    })
  }

  /** m of each contrast shown. */
  async function margins(weights: Weights, batch: Batch, shown: ReturnType<typeof show>): Promise<number[]> {
    const logProbability = await scores(session, captioner, weights, batch, shape)
    const sum = (row: number | undefined, targets: number): number =>
      row === undefined ? 0 : logProbability.subarray(row * steps, row * steps + targets).reduce((total, value) => total + value, 0)
    return shown.map(({ preferred, rejected, targets }) => sum(preferred, targets.preferred) - sum(rejected, targets.rejected))
  }

  const before = new Map<Contrast, number>()
  const batch = createBatch(shape, features.featureWidth)
  // In an order of its own: a resumed run measures the start in the same batches, and so to the same bits.
  const all = [...new Set(examples)].flatMap((example) =>
    (example.contrasts ?? []).map((contrast) => ({ example, mirrored: false, replayed: false, captions: contrast.preferred ? [contrast.preferred] : [] })),
  )
  for (let first = 0; first < all.length; first += shape.images) {
    const images = all.slice(first, first + shape.images)
    fillBatch(batch, { images }, steps, features, cutCaptions)
    const shown = show(batch, { images })
    const measured = await margins(start, batch, shown)
    shown.forEach(({ contrast }, place) => before.set(contrast, measured[place]))
  }

  return {
    async fill(batch, plan) {
      const shown = show(batch, plan)
      if (shown.length === 0) return { loss: 0, surrogate: 0, words: 0 }
      const now = await margins(current, batch, shown)
      const result = { loss: 0, surrogate: 0, words: 0 }
      shown.forEach(({ contrast, preferred, rejected, targets }, place) => {
        const share = (weight * contrast.weight) / shown.length
        const gained = beta * (now[place] - (before.get(contrast) ?? 0))
        const factor = share * beta * sigmoid(-gained)
        if (preferred !== undefined) addWeight(batch, preferred * steps, targets.preferred, factor)
        addWeight(batch, rejected * steps, targets.rejected, -factor)
        result.loss += share * Math.log1p(Math.exp(-Math.abs(gained))) + share * Math.max(0, -gained)
        result.surrogate -= factor * now[place]
        result.words += targets.rejected
      })
      return result
    },
    close: () => session.release(),
  }
}

async function scores(session: Session, captioner: Captioner, weights: Weights, batch: Batch, shape: TrainingShape): Promise<Float32Array> {
  const rows = [shape.images * shape.captionsPerImage, shape.steps]
  const parameters = captioner.parameters
    .filter(({ name }) => session.inputNames.includes(name))
    .map(({ name, shape: sides }): [string, Tensor] => [name, new Tensor('float32', weights.get(name) ?? new Float32Array(0), sides)])
  const { log_probability: said } = await session.run({
    ...Object.fromEntries(parameters),
    ...visualFeeds(session, batch, captioner.config.featureWidth),
    tokens: new Tensor('int64', batch.tokens, rows),
    targets: new Tensor('int64', batch.targets, rows),
  })
  if (!(said.data instanceof Float32Array)) throw new TypeError(`the scoring graph gave ${said.type} log-probabilities`)
  return said.data
}

function addWeight({ weights }: Batch, first: number, targets: number, weight: number): void {
  for (let place = first; place < first + targets; place++) weights[place] += weight
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
