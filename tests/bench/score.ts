/**
 * `npm run bench -- score`: milliseconds for each metric on 5,000 images × 5 references, tokenization included, and for one live score.
 * Captions come from ../shared/data where it is, otherwise from a small grammar. Options: `--images n`,
 * `--meteor <path>` (or `--no-meteor`).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import { readReferences } from '#engine/datasets/scored-captions.ts'
import type { CaptionedImage } from '#engine/metrics/match-results.ts'
import { evaluate, tokenizeImages } from '#engine/metrics/evaluate.ts'
import type { MetricName } from '#shared/metrics/table.ts'
import { liveScorer } from '#engine/metrics/live-scorer.ts'
import { scoreCorpus } from '#engine/metrics/score-corpus.ts'
import { ptbTokenize } from '#engine/text/ptb-tokenizer.ts'
import { sharedData } from '../support/shared-data.ts'

const runs = 3

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: { images: { type: 'string', default: '5000' }, meteor: { type: 'string' }, 'no-meteor': { type: 'boolean', default: false } },
  })
  const source = sharedData !== undefined && existsSync(join(sharedData, 'coco')) ? 'COCO val2017' : 'generated captions'
  const images = (sharedData === undefined ? generated() : await fromCoco(sharedData)).slice(0, Number(values.images))

  const milliseconds: Record<string, Duration> = { tokenization: await best(() => Promise.resolve(tokenizeImages(images))) }
  for (const metric of ['Bleu_4', 'ROUGE_L', 'CIDEr', 'CIDEr_plain'] as const) {
    milliseconds[`${metric}, tokenization included`] = await best(() => evaluate({ images, metrics: [metric] }))
  }
  const everything: MetricName[] = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr', 'CIDEr_plain']
  milliseconds['everything but METEOR, tokenization included'] = await best(() => evaluate({ images, metrics: everything }))
  const meteorPath = values.meteor ?? (sharedData === undefined ? undefined : join(sharedData, 'meteor'))
  if (!values['no-meteor']) {
    const meteor = meteorPath === undefined ? {} : { resources: meteorPath }
    milliseconds['METEOR, tokenization and resources included'] = await best(() => evaluate({ images, metrics: ['METEOR'], meteor }), 1)
  }

  const tokenized = tokenizeImages(images)
  const { statistics } = scoreCorpus({ images: tokenized })
  milliseconds['paired bootstrap, 1,000 resamples'] = await best(() => Promise.resolve(pairedBootstrap(statistics, statistics)), 1)
  return { source, images: images.length, referencesPerImage: 5, milliseconds, live: live(images) }
}

interface Duration {
  /** by the clock */
  elapsed: number
  /** of all processor cores: far below `elapsed` where other programs had the cores */
  processor: number
}

/** The fastest of some runs: what the work takes when nothing else is in its way. */
async function best(work: () => Promise<unknown>, times = runs): Promise<Duration> {
  const fastest: Duration = { elapsed: Infinity, processor: Infinity }
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    const usage = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(usage)
    fastest.elapsed = Math.min(fastest.elapsed, Math.round(performance.now() - started))
    fastest.processor = Math.min(fastest.processor, Math.round((user + system) / 1000))
  }
  return fastest
}

/** One score a keystroke, tokenization included, while a caption is typed letter by letter over many images. */
function live(images: readonly CaptionedImage[]): unknown {
  const table = buildDocumentFrequency(
    tokenizeImages(images).map(({ references }) => references),
    'ptb',
  )
  const keystrokes: number[] = []
  const preparations: number[] = []
  for (const { candidate, references } of images.slice(0, 50)) {
    const opened = performance.now()
    const score = liveScorer(references.map(ptbTokenize), table)
    preparations.push(performance.now() - opened)
    for (let length = 1; length <= candidate.length; length++) {
      const started = performance.now()
      score(ptbTokenize(candidate.slice(0, length)))
      keystrokes.push(performance.now() - started)
    }
  }
  return { keystrokes: keystrokes.length, milliseconds: summary(keystrokes), opening: summary(preparations) }
}

function summary(values: number[]): Record<string, number> {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(4))
  return { median: at(0.5), p99: at(0.99), most: at(1) }
}

async function fromCoco(folder: string): Promise<CaptionedImage[]> {
  const { captions } = await readReferences(join(folder, 'coco/captions_val2017.json'))
  // No captions but people's are there: the candidate is the first caption of the next image, the references are the image's own five.
  const images = [...captions].filter(([, texts]) => texts.length >= 5)
  return images.map(([id, texts], i) => ({ id, candidate: images[(i + 1) % images.length][1][0], references: texts.slice(0, 5) }))
}

function generated(): CaptionedImage[] {
  const parts = [
    ['A man', 'Two dogs', 'A woman in a red hat', 'Several people', 'A black-and-white cat', 'Someone'],
    ['sits', 'is running', 'stands', "isn't walking", 'plays', 'looks'],
    ['on a bench', 'in the park', 'near a tree, smiling', 'with a ball', "by the child's bike", 'at a table'],
    ['.', ' at night.', ' on a sunny day', ' .', ' in the street', ' while it snows.'],
  ]
  const caption = (seed: number): string => parts.map((words, i) => words[Math.floor(seed / 7 ** i) % words.length]).join(' ')
  return Array.from({ length: 5000 }, (_, id) => ({
    id,
    candidate: caption(id * 31),
    references: [1, 2, 3, 4, 5].map((n) => caption(id * 31 + n * 977)),
  }))
}
