/** The model card that `capstan train` writes: plain Markdown, with the curve of each stage in a file beside it. */
import { inTableOrder, metricTitle } from '#shared/metrics/table.ts'
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { ModelParts } from '#engine/models/model-package.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { preprocessingInWords } from '#engine/vision/encoders/preprocessing-in-words.ts'
import type { CurvePoint } from './curve.ts'
import type { StageOutcome } from '../loop/train-stage.ts'

export interface CardContent {
  name: string
  config: ModelParts['config']
  weights: ModelParts['weights']
  encoder: ModelParts['encoder']
  /** What the encoder does to photos. */
  input: Preprocessing
  vocabulary: ModelParts['vocabulary']
  provenance: ModelParts['provenance']
  dataNote: string
  terms: string
  /** In their order, at least one. */
  stages: readonly StageOutcome[]
  /** Were the photos that judged it others than those that chose its weights? */
  judgedApart: boolean
  /** Name of the captions file whose photos are imagined, where the recipe imagines any. */
  imaginedFile: string | undefined
  secondsPerImage: number
  /** The model that training started from. */
  parent: ModelManifest | undefined
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

export function modelCard(content: CardContent): string {
  const { name, config, encoder, vocabulary, provenance, stages } = content
  const parameters = [...content.weights.values()].reduce((sum, { length }) => sum + length, 0)
  const steps = stages.reduce((sum, { finished }) => sum + finished.step, 0)
  return `# ${name}

A captioner (${config.architecture}, ${config.encoderLayers} + ${config.decoderLayers} layers, width ${config.width}, ${(parameters / 1e6).toFixed(1)} million
parameters, stored as float16) that sees ${encoder.regions === undefined ? `${encoder.visualTokens} grid tokens` : `up to ${encoder.visualTokens} regions`} of the encoder \`${encoder.id}\` and writes with ${vocabulary.words.length} words. Photos: ${preprocessingInWords(content.input)}.

## Data

${content.dataNote}: ${stages.map(({ learnedImages }) => learnedImages).join(', then ')} photos with their captions${scenesNote(stages[0])}${imaginedNote(content)}.
${content.terms}; none of it is part of this package.${digestNote(content)}

## Scores

Words and conventions are coco-caption’s (CIDEr is CIDEr-D); document frequencies are those of the judged references. The weights judged are the stored ones${roundingNote(content)}. ${choiceNote(content)}

${scoreTable(provenance.metrics)}

## Training

Seed ${provenance.seed}; ${steps} steps in ${(provenance.trainingSeconds / 60).toFixed(1)} minutes of training.
Captioning takes ${((100 * content.secondsPerImage) / (provenance.trainingSeconds / steps)).toFixed(1)} % of the time of one training step for each photo, on the machine that trained it.

${stages.map((stage, index) => stageSection(stage, index, stages.length)).join('\n')}
## Recipe

\`\`\`json
${JSON.stringify(provenance.recipe, null, 2)}
\`\`\`

Repeat it with \`capstan train --recipe recipe.json …\` where recipe.json holds the lines above.
${content.parent === undefined ? '' : parentSection(content.parent)}`
}

function choiceNote({ judgedApart }: CardContent): string {
  if (judgedApart) return 'The weights were chosen by other photos than these.'
  return 'CIDEr on these same photos chose the weights, so the scores flatter them; `capstan judge` on photos that chose nothing does not.'
}

/** Two runs with the same digests learned from, and were judged by, the same captions. */
function digestNote({ provenance: { data } }: CardContent): string {
  if (data === undefined) return ''
  return ` SHA-256 of names and captions: \`${data.learned.slice(0, 16)}\` learned from, \`${data.judged.slice(0, 16)}\` judged by.`
}

/** What storing the weights as float16 did to the score that they were chosen by. */
function roundingNote({ stages, judgedApart, provenance: { metrics } }: CardContent): string {
  const { finished, recipe } = stages[stages.length - 1]
  if (judgedApart) return ''
  const stored = metrics.find(({ set, beam }) => set === 'dev' && beam === recipe.evaluation.beam)?.scores['CIDEr']
  if (stored === undefined || finished.bestScore === null) return ''
  return `; as they were trained, in float32, CIDEr with beam ${recipe.evaluation.beam} was ${finished.bestScore.toFixed(4)} (stored: ${stored.toFixed(4)})`
}

function scenesNote({ recipe: { scenes } }: StageOutcome): string {
  return scenes === undefined ? '' : `, ${scenes.count} of them scenes that Capstan draws (from seed ${scenes.seed} on)`
}

function imaginedNote({ imaginedFile: file }: CardContent): string {
  if (file === undefined) return ''
  return `; among these are captions of ${file} without their photos, for which what the detector would have found is imagined`
}

/** How the model came about that this one goes on from: its package need not be there any more. */
function parentSection({ id, provenance: { seed, trainingSeconds, metrics, recipe } }: ModelManifest): string {
  const scores = metrics.map(({ set, beam, scores: values }) => `${set} CIDEr ${values['CIDEr']?.toFixed(4) ?? '–'} with beam ${beam}`)
  return `
## Before

Training went on from the model \`${id}\` (\`--parent\`), which reached ${scores.join(', ')} after ${(trainingSeconds / 60).toFixed(1)} minutes with seed ${seed} and this recipe:

\`\`\`json
${JSON.stringify(recipe, null, 2)}
\`\`\`
`
}

const endings = { done: 'all steps done', 'no-gain': 'stopped when dev no longer gained', kept: 'ended by hand' } as const

/** The name of the drawing of a stage's curve. */
export function curveFileOf(index: number, stages: number): string {
  return stages === 1 ? 'curve.svg' : `curve-${index + 1}.svg`
}

function scoreTable(metrics: CardContent['provenance']['metrics']): string {
  const names = Object.keys(inTableOrder(Object.fromEntries(metrics.flatMap(({ scores }) => Object.entries(scores)))))
  const rows = metrics.map(({ set, images, beam, scores }) => row([set, images, beam, ...names.map((metric) => scores[metric]?.toFixed(4) ?? '–')]))
  return [row(['set', 'photos', 'beam', ...names.map(metricTitle)]), row(['---', '---', '---', ...names.map(() => '---')]), ...rows].join('\n')
}

/** How a stage went: its end, its scores where others follow it (the last one's are the model's), and its curve. */
function stageSection({ recipe, learnedImages, finished, curve, metrics }: StageOutcome, index: number, stages: number): string {
  const { step, bestStep, seconds, reason } = finished
  const title = stages === 1 ? '' : `### Stage ${index + 1}: ${recipe.name}\n\n`
  const watched = recipe.objective.kind === 'self-critical' ? 'reward' : 'loss'
  const epochs = curve.flatMap((point) =>
    point.kind === 'evaluation' ? [row([point.epoch.toFixed(0), point.step, measureNear(curve, point.step), point.scores['CIDEr']?.toFixed(4) ?? '–'])] : [],
  )
  const scores = metrics.length === 0 ? '' : `Scores after this stage:\n\n${scoreTable(metrics)}\n\n`
  return `${title}${step} steps over ${learnedImages} photos (${recipe.objective.kind}) in ${(seconds / 60).toFixed(1)} minutes (${endings[reason]}); ${bestStep === 0 ? 'it never got better than its start, whose weights were kept' : `the weights kept are those of step ${bestStep ?? step}`}.

${scores}${row(['epoch', 'step', watched, 'dev CIDEr'])}
${row(['---', '---', '---', '---'])}
${epochs.join('\n')}

![${watched} and dev CIDEr over the steps](${curveFileOf(index, stages)})
`
}

/** What the training watched at a step: the loss, or the mean reward of what was written. */
function measureNear(curve: readonly CurvePoint[], step: number): string {
  const point = curve.findLast((each) => each.kind === 'step' && each.step <= step)
  return point?.kind === 'step' ? (point.reward ?? point.loss).toFixed(3) : '–'
}
