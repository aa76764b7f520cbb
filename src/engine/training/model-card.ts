/** The model card that `capstan train` writes: plain Markdown, and the curve as an SVG. */
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { ModelParts } from '#engine/models/model-package.ts'
import type { CurvePoint } from './curve.ts'
import type { TrainingEvent } from './events.ts'

export interface CardContent {
  name: string
  config: ModelParts['config']
  weights: ModelParts['weights']
  encoder: ModelParts['encoder']
  vocabulary: ModelParts['vocabulary']
  provenance: ModelParts['provenance']
  dataNote: string
  terms: string
  learnedImages: number
  curve: readonly CurvePoint[]
  finished: Extract<TrainingEvent, { kind: 'finished' }>
  secondsPerImage: number
  /** The model that training started from. */
  parent: ModelManifest | undefined
}

const scoreNames = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr']

export function modelCard(content: CardContent): string {
  const { name, config, encoder, vocabulary, provenance, finished } = content
  const parameters = [...content.weights.values()].reduce((sum, { length }) => sum + length, 0)
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  const scores = provenance.metrics.map(({ set, images, beam, scores: values }) =>
    row([set, images, beam, ...scoreNames.map((metric) => values[metric]?.toFixed(4) ?? '–')]),
  )
  const epochs = content.curve.flatMap((point) =>
    point.kind === 'evaluation'
      ? [row([point.epoch.toFixed(0), point.step, measureNear(content.curve, point.step), point.scores['CIDEr']?.toFixed(4) ?? '–'])]
      : [],
  )
  return `# ${name}

A captioner (${config.architecture}, ${config.encoderLayers} + ${config.decoderLayers} layers, width ${config.width}, ${(parameters / 1e6).toFixed(1)} million
parameters, stored as float16) that sees ${encoder.visualTokens} grid tokens of the encoder \`${encoder.id}\` and writes with ${vocabulary.words.length} words.

## Data

${content.dataNote}: ${content.learnedImages} photos with their captions.
${content.terms}; none of it is part of this package.

## Scores

Tokens are lower-case words without punctuation; document frequencies are those of the judged references. The weights judged are the stored ones.

${row(['set', 'photos', 'beam', ...scoreNames])}
${row(['---', '---', '---', ...scoreNames.map(() => '---')])}
${scores.join('\n')}

## Training

Seed ${provenance.seed}; ${finished.step} steps in ${(provenance.trainingSeconds / 60).toFixed(1)} minutes of training (${endings[finished.reason]}); the weights kept are those of step ${finished.bestStep ?? finished.step}.
Captioning takes ${((100 * content.secondsPerImage) / (provenance.trainingSeconds / finished.step)).toFixed(1)} % of the time of one training step for each photo, on the machine that trained it.

${row(['epoch', 'step', content.curve.some((point) => point.kind === 'step' && point.reward !== undefined) ? 'reward' : 'loss', 'dev CIDEr'])}
${row(['---', '---', '---', '---'])}
${epochs.join('\n')}

![loss and dev CIDEr over the steps](curve.svg)

## Recipe

\`\`\`json
${JSON.stringify(provenance.recipe, null, 2)}
\`\`\`

Repeat it with \`capstan train --recipe recipe.json …\` where recipe.json holds the lines above.
${content.parent === undefined ? '' : parentSection(content.parent)}`
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

/** What the training watched at a step: the loss, or the mean reward of what was sampled. */
function measureNear(curve: readonly CurvePoint[], step: number): string {
  const point = curve.findLast((each) => each.kind === 'step' && each.step <= step)
  return point?.kind === 'step' ? (point.reward ?? point.loss).toFixed(3) : '–'
}

/** Loss (left scale) and dev CIDEr (right scale) over the steps. */
export function curveDrawing(curve: readonly CurvePoint[]): string {
  const losses = curve.flatMap((point) => (point.kind === 'step' ? [{ x: point.step, y: point.loss }] : []))
  const scores = curve.flatMap((point) => (point.kind === 'evaluation' ? [{ x: point.step, y: point.scores['CIDEr'] ?? 0 }] : []))
  const [width, height, margin] = [640, 320, 40]
  const lastStep = Math.max(1, ...curve.map(({ step }) => step))
  const line = (points: readonly { x: number; y: number }[], colour: string): string => {
    const highest = Math.max(...points.map(({ y }) => y), 1e-9)
    const place = points.map(({ x, y }) => {
      const left = margin + ((width - 2 * margin) * x) / lastStep
      const top = height - margin - ((height - 2 * margin) * y) / highest
      return `${left.toFixed(1)},${top.toFixed(1)}`
    })
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${place.join(' ')}"/>`
  }
  const label = (x: number, y: number, anchor: string, colour: string, text: string): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}" font-family="sans-serif" font-size="12">${text}</text>`
  const highest = (points: readonly { y: number }[]): string => Math.max(0, ...points.map(({ y }) => y)).toFixed(3)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="white"/>
<path d="M${margin} ${margin}V${height - margin}H${width - margin}V${margin}" fill="none" stroke="#888"/>
${line(losses, '#b45309')}
${line(scores, '#1d4ed8')}
${label(margin, margin - 8, 'start', '#b45309', `loss, up to ${highest(losses)}`)}
${label(width - margin, margin - 8, 'end', '#1d4ed8', `dev CIDEr, up to ${highest(scores)}`)}
${label(width - margin, height - margin + 18, 'end', '#444', `step ${lastStep}`)}
</svg>
`
}
