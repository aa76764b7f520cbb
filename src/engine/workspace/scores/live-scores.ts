/** Scores of a text while it is typed, with the stored document frequencies; the image in hand is kept prepared. */
import type { Scores } from '#shared/domain.ts'
import { liveScorer } from '#engine/metrics/live-scorer.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { Database } from '../storage/database.ts'
import { loadStoredDocumentFrequency } from '../repositories/document-frequencies.ts'
import { imageReferences } from '../repositories/references.ts'
import { scoringTokens } from './tokens.ts'

export interface LiveScores {
  /** Null where the image has no references or no table is in force. */
  score(imageId: number, text: string, documentFrequencyId: string | null): Scores | null
  /** References changed: nothing prepared is valid. */
  forget(): void
}

export function openLiveScores(database: Database): LiveScores {
  let table: DocumentFrequency | undefined
  let prepared: { imageId: number; tableId: string; score: ((tokens: readonly string[]) => Scores) | null } | undefined
  return {
    score(imageId, text, documentFrequencyId) {
      if (documentFrequencyId === null) return null
      if (table?.id !== documentFrequencyId) table = loadStoredDocumentFrequency(database, documentFrequencyId)
      if (prepared?.imageId !== imageId || prepared.tableId !== documentFrequencyId) {
        const references = imageReferences(database, imageId).map((reference) => scoringTokens(reference.text))
        prepared = { imageId, tableId: documentFrequencyId, score: references.length === 0 ? null : liveScorer(references, table) }
      }
      return prepared.score === null ? null : prepared.score(scoringTokens(text))
    },
    forget() {
      prepared = undefined
    },
  }
}
