/** The models of the workspace, their snapshots, evaluations and promotions. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  metricNames,
  type Comparison,
  type CorpusComparison,
  type Evaluation,
  type EvaluationSet,
  type MetricName,
  type ModelSummary,
  type PromotionEvent,
  type Scores,
  type Snapshot,
} from '#shared/domain.ts'
import type { LeftOutModel } from '#shared/left-out-model.ts'
import { call } from '../bridge.ts'

export interface LineageNode {
  model: ModelSummary
  snapshot: Snapshot | null
  depth: number
  /** Is it the last child of its parent? */
  last: boolean
}

/** Models as a tree read top to bottom: parents before children, older before newer. A parent that is not there makes a root. */
export function lineage(models: readonly ModelSummary[], snapshots: readonly Snapshot[]): LineageNode[] {
  const known = new Set(models.map((model) => model.id))
  const byAge = [...models].sort((one, other) => one.createdAt.localeCompare(other.createdAt))
  const nodes: LineageNode[] = []
  const visit = (siblings: ModelSummary[], depth: number): void => {
    siblings.forEach((model, index) => {
      const snapshot = snapshots.find((candidate) => candidate.id === model.snapshotId) ?? null
      nodes.push({ model, snapshot, depth, last: index === siblings.length - 1 })
      visit(
        byAge.filter((child) => child.parentId === model.id && child.id !== model.id),
        depth + 1,
      )
    })
  }
  visit(
    byAge.filter((model) => model.parentId === null || model.parentId === model.id || !known.has(model.parentId)),
    0,
  )
  return nodes
}

/** The newest evaluation of a model on a set. */
export function latestEvaluation(evaluations: readonly Evaluation[], modelId: string, set: EvaluationSet): Evaluation | null {
  return evaluations.reduce<Evaluation | null>(
    (best, one) => (one.modelId === modelId && one.set === set && (best === null || one.createdAt >= best.createdAt) ? one : best),
    null,
  )
}

/** The metrics that some of these scores have, in the order of the field: only those get a column. */
export function metricsIn(scores: readonly Scores[]): MetricName[] {
  return metricNames.filter((metric) => scores.some((each) => each[metric] !== undefined))
}

export const useModels = defineStore('models', () => {
  const models = shallowRef<ModelSummary[]>([])
  const snapshots = shallowRef<Snapshot[]>([])
  const evaluations = shallowRef<Evaluation[]>([])
  const promotions = shallowRef<PromotionEvent[]>([])
  /** Packages that are not used, and why. */
  const leftOut = shallowRef<LeftOutModel[]>([])
  const loading = ref(false)

  const promoted = computed(() => models.value.find((model) => model.promoted) ?? null)
  /** Those that can caption and learn: of the others only captions are here. */
  const withWeights = computed(() => models.value.flatMap(({ source, ...model }) => (source.kind === 'package' ? [{ ...model, source }] : [])))
  /** What images can be ordered and chosen by. */
  const scoredMetrics = computed(() => {
    const found = metricsIn(evaluations.value.map(({ scores }) => scores))
    return found.length > 0 ? found : metricNames.filter((metric) => metric === 'CIDEr')
  })
  /** The model of an id; null means the promoted one. */
  const orPromoted = (modelId: string | null): ModelSummary | null => models.value.find(({ id }) => id === modelId) ?? promoted.value
  const tree = computed(() => lineage(models.value, snapshots.value))

  async function load(): Promise<void> {
    loading.value = true
    try {
      const [modelList, snapshotList, evaluationList, promotionList, leftOutList] = await Promise.all([
        call('models.list'),
        call('snapshots.list'),
        call('scores.evaluations'),
        call('models.promotions'),
        call('models.leftOut'),
      ])
      models.value = modelList
      snapshots.value = snapshotList
      evaluations.value = evaluationList
      promotions.value = promotionList
      leftOut.value = leftOutList
    } finally {
      loading.value = false
    }
  }

  function clear(): void {
    models.value = []
    snapshots.value = []
    evaluations.value = []
    promotions.value = []
    leftOut.value = []
  }

  const find = (modelId: string | null): ModelSummary | null => models.value.find((model) => model.id === modelId) ?? null

  async function promote(modelId: string): Promise<ModelSummary> {
    const model = await call('models.promote', { modelId })
    await load()
    return model
  }

  async function rollBack(): Promise<ModelSummary> {
    const model = await call('models.rollBack')
    await load()
    return model
  }

  async function add(folder: string): Promise<ModelSummary> {
    const model = await call('models.add', { folder })
    await load()
    return model
  }

  const card = (modelId: string): Promise<string> => call('models.card', { modelId })
  const compare = (beforeId: string, afterId: string, metric: MetricName, set: EvaluationSet, withoutHeldOut = false): Promise<Comparison> =>
    call('models.compare', { beforeId, afterId, metric, set, withoutHeldOut })
  const differences = (beforeId: string, afterId: string, set: EvaluationSet): Promise<CorpusComparison> =>
    call('scores.differences', { beforeId, afterId, set })

  return {
    models,
    withWeights,
    snapshots,
    evaluations,
    promotions,
    leftOut,
    loading,
    promoted,
    orPromoted,
    scoredMetrics,
    tree,
    load,
    clear,
    find,
    promote,
    rollBack,
    add,
    card,
    compare,
    differences,
  }
})
