/** Scores of a text while it is typed, with the stored document frequencies; the image in hand is kept prepared. */
import type { Scores } from '#shared/domain.ts'
import { explainCaption } from '#engine/metrics/explain-caption.ts'
import { liveScorer } from '#engine/metrics/live-scorer.ts'
import type { ScoreExplanation } from '#shared/metrics/explanation.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { Database } from '../storage/database.ts'
import { loadStoredDocumentFrequency } from '../repositories/document-frequencies.ts'
import { standingReferences } from '../repositories/references.ts'
import { scoringTokens } from './tokens.ts'

export interface LiveScores {
  /** Null where the image has no references or no table is in force. */
  score(imageId: number, text: string, documentFrequencyId: string | null): Scores | null
  /** Why the text has its scores. Null likewise. */
  explain(imageId: number, text: string, documentFrequencyId: string | null): ScoreExplanation | null
  /** References changed: nothing prepared is valid. */
  forget(): void
}

export function openLiveScores(database: Database): LiveScores {
  let table: DocumentFrequency | undefined
  let prepared: { imageId: number; tableId: string; score: ((tokens: readonly string[]) => Scores) | null } | undefined
  function tableOf(id: string): DocumentFrequency {
    if (table?.id !== id) table = loadStoredDocumentFrequency(database, id)
    return table
  }

  return {
    score(imageId, text, documentFrequencyId) {
      if (documentFrequencyId === null) return null
      if (prepared?.imageId !== imageId || prepared.tableId !== documentFrequencyId) {
        const references = standingReferences(database, imageId).map((reference) => scoringTokens(reference.text))
        prepared = { imageId, tableId: documentFrequencyId, score: references.length === 0 ? null : liveScorer(references, tableOf(documentFrequencyId)) }
      }
      return prepared.score === null ? null : prepared.score(scoringTokens(text))
    },
    explain(imageId, text, documentFrequencyId) {
      if (documentFrequencyId === null) return null
      const references = standingReferences(database, imageId).map((reference) => ({ text: reference.text, tokens: scoringTokens(reference.text) }))
      return references.length === 0 ? null : explainCaption(scoringTokens(text), references, tableOf(documentFrequencyId))
    },
    forget() {
      prepared = undefined
    },
  }
}
