/** Looks at a scored set through filters, as Failures takes them, over a generated workspace: one model, and two side by side. */
import type { SliceFilter } from '#shared/slices/filters.ts'
import { callVerb, type RunningApp } from '../../support/app.ts'
import { spread, type Spread } from './statistics.ts'

export interface LookSpeed {
  /** The first look of each kind reads the set; milliseconds. */
  first: Record<'one model' | 'two models', number>
  /** By filter, for one model and for two: the verb through the bridge, with every histogram, word, object and kind of what is left. */
  looks: Record<string, Record<'one model' | 'two models', Spread>>
  /** A kept slice with the history of all models. */
  history: Spread
}

const side = 'model' as const
const filters: Record<string, SliceFilter[]> = {
  none: [],
  'a bar of scores': [{ by: 'range', side, measure: 'score', from: 0.2, to: 0.4 }],
  'two bars of lengths': [
    { by: 'range', side, measure: 'words', from: 7, to: 8 },
    { by: 'range', side, measure: 'words', from: 9, to: 10 },
  ],
  'a word said': [{ by: 'word', side, role: 'said', word: 'w0' }],
  'a word missed': [{ by: 'word', side, role: 'missed', word: 'w3' }],
  'a word of references': [{ by: 'reference-word', word: 'w5' }],
  'an invented object': [{ by: 'object', side, role: 'invented', object: 'dog' }],
  'a kind': [{ by: 'kind', side, kind: 'invented-object' }],
  'a shape': [{ by: 'shape', shape: 'wide' }],
  'words searched': [{ by: 'text', text: 'dog' }],
  'four together': [
    { by: 'range', side, measure: 'score', from: 0, to: 1 },
    { by: 'range', side, measure: 'agreement', from: 0.5, to: null },
    { by: 'word', side, role: 'said', word: 'w0' },
    { by: 'shape', shape: 'wide' },
  ],
}

/** Of the workspace that is open, two models of which are scored and measured. */
export async function lookSpeed({ window }: RunningApp, repeat: number): Promise<LookSpeed> {
  const scored = [...new Set((await callVerb(window, 'scores.evaluations')).filter(({ set }) => set === 'all').map(({ modelId }) => modelId))]
  const [modelId, other] = scored
  const sides = { 'one model': null, 'two models': other } as const
  const timed = async (act: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now()
    await act()
    return performance.now() - begun
  }
  const many = async (act: () => Promise<unknown>): Promise<Spread> => {
    const times: number[] = []
    for (let turn = 0; turn < repeat; turn += 1) times.push(await timed(act))
    return spread(times)
  }
  const look = (otherId: string | null, through: SliceFilter[]) =>
    callVerb(window, 'failures.look', { modelId, otherId, set: 'all', metric: 'CIDEr', filters: through })
  const first = { 'one model': await timed(() => look(null, [])), 'two models': await timed(() => look(other, [])) }
  const looks: LookSpeed['looks'] = Object.fromEntries(Object.keys(filters).map((name) => [name, { 'one model': spread([]), 'two models': spread([]) }]))
  for (const [which, otherId] of Object.entries(sides) as ['one model' | 'two models', string | null][]) {
    for (const [name, through] of Object.entries(filters)) {
      await look(otherId, through)
      looks[name][which] = await many(() => look(otherId, through))
    }
  }
  const { id: sliceId } = await callVerb(window, 'slices.keep', {
    modelId,
    otherId: null,
    set: 'all',
    metric: 'CIDEr',
    filters: filters['a word said'],
    name: `Bench ${Date.now()}`,
  })
  const history = await many(() => callVerb(window, 'slices.history', { sliceId }))
  await callVerb(window, 'slices.remove', { sliceId })
  return { first, looks, history }
}
