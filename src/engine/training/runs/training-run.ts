/** What a training run from captioned photos to a package is given, and what it leaves. */
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import type { JudgedCaptions } from '../loop/judge-dev.ts'
import type { CurvePoint } from './curve.ts'
import type { AnyRecipe } from './staged-recipe.ts'

/** Where captions without photos are. */
export interface ImaginedFrom {
  file: string
  /** A folder of photos that are judged by: their captions are left out. */
  except?: string
}

export interface TrainFromCaptions {
  train: readonly CaptionedImage[]
  /** Photos by which checkpoints are chosen. */
  dev: readonly CaptionedImage[]
  /** Photos by which the stored model is judged, where these are not the same. */
  judged?: readonly CaptionedImage[]
  /** What the data is, for the model card. */
  dataNote: string
  /** Whose the data is and under which terms, a sentence without its full stop. */
  terms: string
  out: string
  name: string
  recipe: AnyRecipe
  /** What the paths of a stage's own captions are relative to (default: the working folder). */
  recipeFolder?: string
  /** The captions without photos that the recipe's `imagined` learns from, in place of the paths that the recipe may name. */
  imagined?: ImaginedFrom
  /** Go on from this model's weights instead of fresh ones; it must have the same sizes and vocabulary. */
  parent?: ModelPackage
  encoderFolder: string
  featureFolder: string
  /** Of one stage; several have a folder each in it. */
  checkpointFolder: string
  /** Go on from what is there: finished stages are not done again. */
  resume: boolean
  /** Train no more: make the package from the best weights of the newest checkpoint. */
  finish: boolean
  /** Overwrite a package, and without `resume` the checkpoints of an earlier run. */
  replace: boolean
  /** Beam widths that the stored model is judged with, 1 and 3 unless told. */
  judgedBeams?: readonly number[]
  session: SessionOptions
  signal: AbortSignal
  /** Awaited before every step: pends while the run is paused. */
  unpaused?: () => Promise<void>
  tell: {
    stage(title: string): void
    progress(done: number, total: number, note?: string): void
    note(text: string): void
  }
}

/** What a run leaves beside the package. */
export interface TrainedFromCaptions {
  manifest: ModelManifest
  /** Steps done in all stages, those before a resume included. */
  steps: number
  /** Of the last stage. */
  curve: readonly CurvePoint[]
  judged: readonly JudgedCaptions[]
}
