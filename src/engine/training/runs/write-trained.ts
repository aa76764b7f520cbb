/** Writes the package of a trained captioner: judged as it is stored, with a card about every stage. */
import { basename } from 'node:path'
import { provenanceSchema, type Provenance } from '#engine/models/manifest.ts'
import { readModelPackage, writeModelPackage } from '#engine/models/model-package.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import type { CachedFeatures } from '#engine/captioning/cached-features.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { imaginedFrom } from '../data/captions-alone.ts'
import { digestOfCaptions } from '../data/check-lists.ts'
import { curveDrawing } from './curve-drawing.ts'
import { judgeWithBeams, type DevJudge } from '../loop/judge-dev.ts'
import { curveFileOf, modelCard } from './model-card.ts'
import { captionerConfig } from '../data/prepare.ts'
import type { AnyRecipe } from './staged-recipe.ts'
import { storedDocumentFrequency } from '../data/stored-document-frequency.ts'
import type { TrainedFromCaptions, TrainFromCaptions } from './training-run.ts'
import type { StageOutcome } from '../loop/train-stage.ts'

export interface Trained {
  /** What was learned from: photos, and scenes where the recipe draws some. */
  learned: readonly CaptionedImage[]
  vocabulary: Vocabulary
  features: CachedFeatures
  /** What the encoder does to photos. */
  input: Preprocessing
  /** The stages that were trained, at least one. */
  outcomes: readonly StageOutcome[]
  judge: DevJudge
  judgedBeams: readonly number[]
}

/** Writes the package, judges it as it was stored (in float16), and writes it again with these scores and the card. */
export async function writeTrained(
  run: TrainFromCaptions,
  { learned, vocabulary, features, input, outcomes, judge, judgedBeams }: Trained,
): Promise<TrainedFromCaptions> {
  const last = outcomes[outcomes.length - 1]
  const { key } = features.plain
  const { regions } = last.recipe.features
  const parts = {
    name: run.name,
    config: captionerConfig(last.recipe, features, vocabulary.words.length),
    weights: last.finished.weights,
    encoder: {
      id: key.encoder,
      fingerprint: key.fingerprint,
      pooling: key.pooling,
      visualTokens: features.visualTokens,
      ...(regions && { regions: { limit: regions.limit, minimumScore: regions.minimumScore } }),
    },
    vocabulary,
    documentFrequency: storedDocumentFrequency(
      learned.map(({ captions }) => captions),
      vocabulary,
    ),
    provenance: {
      parent: run.parent?.manifest.id ?? null,
      snapshot: null,
      recipe: asJson(run.recipe),
      seed: run.recipe.seed,
      data: { learned: digestOfCaptions(learned), judged: digestOfCaptions(run.judged ?? run.dev) },
      metrics: [],
      created: new Date().toISOString(),
      trainingSeconds: outcomes.reduce((sum, { finished }) => sum + finished.seconds, 0),
    },
    card: `# ${run.name}\n`,
  }
  await writeModelPackage(run.out, parts, { replace: run.replace })
  const stored = await readModelPackage(run.out)
  const { metrics, judged } = await judgeWithBeams(judge, stored.captioner, stored.weights, judgedBeams)
  const from = imaginedFrom(run, outcomes[0].recipe)
  const secondsPerImage = judged.reduce((sum, { seconds }) => sum + seconds, 0) / (judged.length * judge.dev.length)
  const provenance = { ...parts.provenance, metrics }
  const card = modelCard({
    ...parts,
    input,
    provenance,
    dataNote: run.dataNote,
    terms: run.terms,
    stages: outcomes,
    judgedApart: run.judged !== undefined,
    imaginedFile: from === undefined ? undefined : basename(from.file),
    secondsPerImage,
    parent: run.parent?.manifest,
  })
  const drawings = outcomes.map(({ curve }, index): [string, string] => [curveFileOf(index, outcomes.length), curveDrawing(curve)])
  const manifest = await writeModelPackage(run.out, { ...parts, provenance, card, extraFiles: Object.fromEntries(drawings) }, { replace: true })
  return { manifest, steps: outcomes.reduce((sum, { finished }) => sum + finished.step, 0), curve: last.curve, judged }
}

/** The recipe as a package keeps it. */
function asJson(recipe: AnyRecipe): Provenance['recipe'] {
  return provenanceSchema.shape.recipe.parse(JSON.parse(JSON.stringify(recipe)))
}
