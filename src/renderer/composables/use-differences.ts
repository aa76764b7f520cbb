/** What each model of a set differs from the promoted one by, with intervals; asked for once for each pair of evaluations. */
import { onScopeDispose, shallowReactive, watch } from 'vue'
import type { CorpusComparison, EvaluationSet } from '#shared/domain.ts'
import { call } from '../bridge.ts'

/** Two evaluations of one set, by their ids and their models'. */
export interface EvaluationPair {
  before: { id: number; modelId: string }
  after: { id: number; modelId: string }
  set: EvaluationSet
}

export interface Differences {
  /** Undefined while it is being worked out, and where it could not be. */
  of(pair: EvaluationPair): CorpusComparison | undefined
}

export function useDifferences(pairs: () => readonly EvaluationPair[]): Differences {
  const known = shallowReactive(new Map<string, CorpusComparison>())
  const failed = new Set<string>()
  const keyOf = ({ before, after }: EvaluationPair): string => `${before.id} ${after.id}`
  let asking = false
  let stopped = false

  async function ask(): Promise<void> {
    if (asking) return
    asking = true
    // One after the other: each is work for the process that also saves corrections.
    for (;;) {
      const next = stopped ? undefined : pairs().find((pair) => !known.has(keyOf(pair)) && !failed.has(keyOf(pair)))
      if (next === undefined) break
      try {
        known.set(keyOf(next), await call('scores.differences', { beforeId: next.before.modelId, afterId: next.after.modelId, set: next.set }))
      } catch {
        failed.add(keyOf(next)) // the table then shows scores without differences
      }
    }
    asking = false
  }

  watch(pairs, () => void ask(), { immediate: true })
  onScopeDispose(() => {
    stopped = true
  })
  return { of: (pair) => known.get(keyOf(pair)) }
}
