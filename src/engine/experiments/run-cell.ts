/** One cell: train (or go on from the checkpoint), judge the stored model, score, and measure how fast it is. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrapIntervals } from '#engine/metrics/statistics/bootstrap.ts'
import { evaluate, type EvaluationRequest } from '#engine/metrics/evaluate.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { ensureFeatures } from '#engine/captioning/cached-features.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import type { CurvePoint } from '#engine/training/runs/curve.ts'
import { stagesOf } from '#engine/training/runs/staged-recipe.ts'
import { trainFromCaptions } from '#engine/training/runs/train-from-captions.ts'
import type { TrainFromCaptions } from '#engine/training/runs/training-run.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { openFeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKey } from '#engine/vision/features/feature-key.ts'
import type { CellLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import type { CellResult } from '#shared/experiments.ts'
import type { PlannedCell } from './cells.ts'
import { scoredPhotos, summableMetrics, writeScoredPhotos } from './scored-cell.ts'

export interface CellRun {
  cell: PlannedCell
  layout: CellLayout
  train: readonly CaptionedImage[]
  /** Photos that choose the checkpoint. */
  dev: readonly CaptionedImage[]
  /** Photos that judge the model. */
  judged: readonly CaptionedImage[]
  dataNote: string
  terms: string
  beam: number
  /** Metrics, and the scorers that the person has. */
  scorers: Pick<EvaluationRequest, 'metrics' | 'meteor'>
  encoderRoots: readonly string[]
  /** What the paths of a stage's own captions are relative to. */
  recipeFolder: string
  featureFolder: string
  session: SessionOptions
  signal: AbortSignal
  unpaused: () => Promise<void>
  tell: TrainFromCaptions['tell']
}

/** Photos that the encoder's speed is measured with. */
const timedPhotos = 16

/** Runs a cell to its end; its checkpoints stay until `settle`. Throws what its parts throw; cancelled, it goes on from there the next time. */
export async function runCell(run: CellRun): Promise<CellResult> {
  const { cell, layout, dev, judged: judgedPhotos, beam, tell, signal } = run
  const encoderFolder = await findEncoder(run.encoderRoots, cell.encoderSource)
  const { manifest, steps, curve, judged } = await trainFromCaptions({
    train: run.train,
    dev,
    judged: judgedPhotos,
    dataNote: run.dataNote,
    terms: run.terms,
    out: layout.model,
    name: `${cell.captioner}, ${cell.encoder}, ${cell.recipe}, seed ${cell.seed}`,
    recipe: cell.training,
    recipeFolder: run.recipeFolder,
    encoderFolder,
    featureFolder: run.featureFolder,
    checkpointFolder: layout.checkpoints,
    resume: true,
    finish: false,
    replace: true,
    judgedBeams: [beam],
    session: run.session,
    signal,
    unpaused: run.unpaused,
    tell,
  })
  const [{ seconds, captions }] = judged
  tell.stage('scoring')
  const texts = new Map(captions.map(({ path, text }) => [path, text]))
  const images = judgedPhotos.flatMap(({ fileName, path, captions: references }) => {
    const candidate = texts.get(path)
    return candidate === undefined ? [] : [{ id: fileName, candidate, references: [...references] }]
  })
  const evaluation = await evaluate({ images, ...run.scorers, signal, onProgress: ({ done, total }) => tell.progress(done, total) })
  const photos = scoredPhotos(evaluation, new Map(images.map(({ id, candidate }) => [id, candidate])))
  await writeScoredPhotos(layout.scores, photos)
  const collapsedTo = saidOfHalf(captions.map(({ text }) => text))
  const secondsPerPhoto = await encodingSeconds(run, encoderFolder)
  return {
    parameters: manifest.parameters,
    words: manifest.captioner.words,
    visualTokens: manifest.encoder.visualTokens,
    judgedPhotos: photos.length,
    scores: Object.fromEntries(Object.entries(bootstrapIntervals(summableMetrics(photos))).filter(([metric]) => metric in evaluation.corpus)),
    ...(collapsedTo === undefined ? {} : { collapsedTo }),
    steps,
    trainingSeconds: manifest.provenance.trainingSeconds,
    tokensPerSecond: medianSpeed(curve),
    captionsPerSecond: captions.length / seconds,
    photosPerSecond: 1 / (secondsPerPhoto + seconds / captions.length),
  }
}

/** Fewer photos than this may well be of one thing. */
const fewestForCollapse = 20

/** The caption that at least half of the photos were given: such a captioner looks at none of them. Exported for its test. */
export function saidOfHalf(captions: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const caption of captions) counts.set(caption, (counts.get(caption) ?? 0) + 1)
  if (captions.length < fewestForCollapse) return undefined
  return [...counts].find(([, count]) => 2 * count >= captions.length)?.[0]
}

/** Seconds from a photo's file to its features, measured anew: the cache would hide what the encoder costs. */
async function encodingSeconds({ cell, judged, session, signal }: CellRun, encoderFolder: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-speed-'))
  const encoder = await openEncoder(encoderFolder, session)
  const cache = openFeatureCache(folder, featureKey(encoder.manifest, { pooling: stagesOf(cell.training)[0].features.pooling }))
  try {
    const [first, ...others] = judged.slice(0, timedPhotos + 1).map(({ path }) => path)
    await ensureFeatures([first], encoder, [cache], { signal }) // warms up
    const begun = performance.now()
    const hashes = await ensureFeatures(others, encoder, [cache], { signal })
    return (performance.now() - begun) / 1000 / Math.max(1, hashes.size)
  } finally {
    await cache.close()
    await encoder.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The median does not mind what else the machine did now and then. */
function medianSpeed(curve: readonly CurvePoint[]): number | null {
  const speeds = curve.flatMap((point) => (point.kind === 'step' ? [point.tokensPerSecond] : [])).sort((a, b) => a - b)
  return speeds.length === 0 ? null : speeds[Math.floor(speeds.length / 2)]
}
