/** BLEU, ROUGE-L and CIDEr of a whole result set, per image and for the corpus, in coco-caption's conventions. */
import { AppError } from '#shared/errors.ts'
import { BleuCounter, bleuOfRows, bleuRowWidth } from './ngrams/bleu.ts'
import { CiderScorer, ciderVector } from './ngrams/cider.ts'
import { DocumentCounter, type DocumentFrequency } from './ngrams/document-frequency.ts'
import { idfFromFrequencies, idfFromTable, type InverseDocumentFrequency } from './ngrams/inverse-document-frequency.ts'
import { bleuNames, tokenMetrics, type Scores, type TokenMetric } from './names.ts'
import { NgramIndex, splitWords, type NgramCounts } from './ngrams/ngrams.ts'
import { RougeL, rougeTokens } from './ngrams/rouge.ts'
import { averaged, corpusValues, type SummableMetric } from './statistics/summable.ts'

/** One image's tokenized candidate and references (at least one). */
export interface ImageToScore {
  id: number | string
  candidate: readonly string[]
  references: readonly (readonly string[])[]
}

export interface CorpusRequest {
  images: readonly ImageToScore[]
  /** all token metrics unless told */
  metrics?: readonly TokenMetric[]
  /** a stored table; without it frequencies are counted over the references given, as coco-caption does */
  documentFrequency?: DocumentFrequency | undefined
}

/** Which document frequencies a CIDEr stands on. */
export type FrequencyProvenance = { source: 'evaluated-set'; images: number } | { source: 'stored-table'; id: string; images: number }

export interface CorpusScores {
  corpus: Scores
  perImage: Map<number | string, Scores>
  provenance: { documentFrequency: FrequencyProvenance }
  /** what the corpus values are made of, for resampling */
  statistics: SummableMetric[]
}

/**
 * Scores a result set. Corpus BLEU comes from summed counts, ROUGE-L and CIDEr are means over images.
 * @throws AppError `bad-input` for an image without references or given twice, `too-little-data` for no image
 */
export function scoreCorpus({ images, metrics = tokenMetrics, documentFrequency }: CorpusRequest): CorpusScores {
  checkImages(images)
  const index = new NgramIndex()
  const candidates = images.map((image) => index.count(splitWords(image.candidate)))
  const references = images.map((image) => image.references.map((tokens) => index.count(splitWords(tokens))))

  const wanted = new Set<string>(metrics)
  const statistics: SummableMetric[] = []
  if (bleuNames.some((name) => wanted.has(name))) statistics.push(bleuStatistics(candidates, references, index))
  if (wanted.has('ROUGE_L')) statistics.push(averaged('ROUGE_L', rougeValues(images, index)))
  if (wanted.has('CIDEr') || wanted.has('CIDEr_plain')) {
    const idf = documentFrequency ? idfFromTable(index, documentFrequency) : idfOfSet(references, index)
    const { damped, plain } = ciderValues(candidates, references, idf.current())
    if (wanted.has('CIDEr')) statistics.push(averaged('CIDEr', damped))
    if (wanted.has('CIDEr_plain')) statistics.push(averaged('CIDEr_plain', plain))
  }

  const perImage = new Map<number | string, Scores>()
  images.forEach((image, position) => {
    const scores: Scores = {}
    for (const metric of statistics) {
      const row = metric.rows.subarray(position * metric.width, (position + 1) * metric.width)
      metric.values(row, 1).forEach((value, each) => {
        if (wanted.has(metric.names[each])) scores[metric.names[each]] = value
      })
    }
    perImage.set(image.id, scores)
  })
  const corpus = Object.fromEntries(Object.entries(corpusValues(statistics, images.length)).filter(([name]) => wanted.has(name)))
  return { corpus, perImage, provenance: { documentFrequency: frequencyProvenance(documentFrequency, images.length) }, statistics }
}

function frequencyProvenance(table: DocumentFrequency | undefined, images: number): FrequencyProvenance {
  return table ? { source: 'stored-table', id: table.id, images: table.images } : { source: 'evaluated-set', images }
}

function checkImages(images: readonly ImageToScore[]): void {
  const nothingScored = { kept: 'Nothing was scored.' }
  if (images.length === 0) {
    throw new AppError('too-little-data', 'There is no image to score.', { ...nothingScored, todo: 'Give at least one caption.' })
  }
  const seen = new Set<number | string>()
  for (const { id, references } of images) {
    if (references.length === 0) {
      throw new AppError('bad-input', `Image ${id} has no reference caption.`, {
        ...nothingScored,
        todo: 'Add a reference or leave it out.',
      })
    }
    if (seen.has(id)) {
      throw new AppError('bad-input', `Image ${id} is given twice.`, { ...nothingScored, todo: 'Keep one caption for each image.' })
    }
    seen.add(id)
  }
}

function idfOfSet(references: NgramCounts[][], index: NgramIndex): InverseDocumentFrequency {
  const counter = new DocumentCounter(index)
  for (const captions of references) counter.add(captions)
  return idfFromFrequencies(index, counter.frequencies(), counter.images)
}

function bleuStatistics(candidates: NgramCounts[], references: NgramCounts[][], index: NgramIndex): SummableMetric {
  const rows = new Float64Array(candidates.length * bleuRowWidth)
  const counter = new BleuCounter()
  candidates.forEach((candidate, image) => counter.count(candidate, references[image], index.size, rows, image * bleuRowWidth))
  return bleuOfRows(rows)
}

function rougeValues(images: readonly ImageToScore[], index: NgramIndex): Float64Array {
  const rouge = new RougeL()
  const ids = (tokens: readonly string[]): number[] => rougeTokens(tokens).map((token) => index.wordId(token))
  return Float64Array.from(images, ({ candidate, references }) => rouge.score(ids(candidate), references.map(ids)))
}

function ciderValues(candidates: NgramCounts[], references: NgramCounts[][], idf: Float64Array): Record<'damped' | 'plain', Float64Array> {
  const scorer = new CiderScorer()
  const damped = new Float64Array(candidates.length)
  const plain = new Float64Array(candidates.length)
  candidates.forEach((candidate, image) => {
    const vectors = references[image].map((counts) => ciderVector(counts, idf))
    const values = scorer.score(ciderVector(candidate, idf), vectors, idf)
    damped[image] = values.damped
    plain[image] = values.plain
  })
  return { damped, plain }
}
