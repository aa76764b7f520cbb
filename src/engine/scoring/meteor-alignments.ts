/** METEOR's alignment of a caption, by the resources that scores are computed with. They take long to read, and stay open. */
import type { ScoringTools } from '#shared/scoring-tools.ts'
import type { MeteorAlignment } from '#shared/metrics/meteor-alignment.ts'
import { moduleNames } from '#shared/metrics/meteor-statistics.ts'
import type { Match } from '#engine/metrics/meteor/matches.ts'
import { openMeteor, type MeteorScorer } from '#engine/metrics/meteor/meteor.ts'
import type { AlignedSegment } from '#engine/metrics/meteor/segment.ts'
import { standingReferences } from '#engine/workspace/repositories/references.ts'
import { scoringTokens } from '#engine/workspace/scores/tokens.ts'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { meteorOf } from './scorers.ts'

export interface AlignmentQuestion {
  workspaceFolder: string
  imageId: number
  text: string
  tools: Pick<ScoringTools, 'meteorFolder' | 'paraphraseFile'>
}

export interface MeteorAlignments {
  /** Null where the image has no references. @throws AppError `not-found` or `corrupt` where the person's own resources cannot be read */
  answer(question: AlignmentQuestion): Promise<MeteorAlignment | null>
}

export function createMeteorAlignments(): MeteorAlignments {
  let opened: { key: string; meteor: Promise<MeteorScorer> } | undefined
  const meteorBy = ({ meteorFolder, paraphraseFile }: AlignmentQuestion['tools']): Promise<MeteorScorer> => {
    const key = JSON.stringify([meteorFolder, paraphraseFile])
    if (opened?.key === key) return opened.meteor
    const meteor = meteorOf(meteorFolder, paraphraseFile).then(openMeteor)
    opened = { key, meteor }
    meteor.catch(() => {
      if (opened?.meteor === meteor) opened = undefined // they may be there at the next try
    })
    return meteor
  }

  return {
    async answer({ workspaceFolder, imageId, text, tools }) {
      const references = referencesOf(workspaceFolder, imageId)
      if (references.length === 0) return null
      const meteor = await meteorBy(tools)
      const segment = meteor.align(
        scoringTokens(text).join(' '),
        references.map((reference) => scoringTokens(reference).join(' ')),
      )
      return { name: meteor.name, score: segment.score, reference: references[segment.reference], ...inWords(segment) }
    },
  }
}

/** Matches as words, in runs that are contiguous on both sides, and what is left. */
export function inWords({ matches, words }: Pick<AlignedSegment, 'matches' | 'words'>): Pick<MeteorAlignment, 'chunks' | 'unmatched'> {
  const chunks: MeteorAlignment['chunks'] = []
  const left = { candidate: new Set(words.candidate.keys()), reference: new Set(words.reference.keys()) }
  let last: Match | undefined
  for (const match of matches) {
    const { candidateStart, candidateLength, referenceStart, referenceLength } = match
    const goesOn =
      last !== undefined && last.candidateStart + last.candidateLength === candidateStart && last.referenceStart + last.referenceLength === referenceStart
    if (!goesOn) chunks.push([])
    chunks.at(-1)?.push({
      candidate: words.candidate.slice(candidateStart, candidateStart + candidateLength).join(' '),
      reference: words.reference.slice(referenceStart, referenceStart + referenceLength).join(' '),
      by: moduleNames[match.module],
    })
    for (let word = 0; word < candidateLength; word++) left.candidate.delete(candidateStart + word)
    for (let word = 0; word < referenceLength; word++) left.reference.delete(referenceStart + word)
    last = match
  }
  return {
    chunks,
    unmatched: { candidate: [...left.candidate].map((word) => words.candidate[word]), reference: [...left.reference].map((word) => words.reference[word]) },
  }
}

function referencesOf(workspaceFolder: string, imageId: number): string[] {
  const database = openReadOnly(workspaceFolder)
  try {
    return standingReferences(database, imageId).map(({ text }) => text)
  } finally {
    database.close()
  }
}
