/** Vectors to a picture in two dimensions, the same every time: principal axes, nearest neighbours, and UMAP's layout of who is near whom. */
import { normal, randomAt } from '#shared/random.ts'
import { fuzzyGraph } from './fuzzy-graph.ts'
import { layOut } from './layout.ts'
import { nearestNeighbours } from './neighbours.ts'
import { reduceRows } from './reduce.ts'
import { gatherSame, neighboursOfRows, spreadSame } from './same-rows.ts'
import { scaleRows, type Points, type Rows } from './rows.ts'

export interface ProjectOptions {
  seed: number
  /** Less their mean before they are reduced: vectors that all share something. */
  centred: boolean
  /** Compared by direction alone. */
  direction: boolean
  /** neighbours that are told of each */
  neighbours: number
}

export interface Projection {
  /** [size, 2], the middle at 0, everything within −1 to 1 */
  points: Float32Array
  /** [size, perPoint], nearest first, in the reduced space; as many as were asked for, where there are so many */
  neighbours: Int32Array
  perPoint: number
}

export const stages = ['axes', 'neighbours', 'strengths', 'layout'] as const
export type Stage = (typeof stages)[number]
export interface Step {
  stage: Stage
  /** of all of it, 0 to 1 */
  share: number
}

/** Dimensions in which neighbours are sought. */
const dimensions = 32
const neighboursWanted = 15
/** How much of the time each stage takes, about. */
const spent: Record<Stage, [from: number, to: number]> = { axes: [0, 0.15], neighbours: [0.15, 0.3], strengths: [0.3, 0.33], layout: [0.33, 1] }

/** Projects in short steps, so that it can be told, paused and cancelled in between. */
export function* project(rows: Rows, { seed, centred, direction, neighbours: asked }: ProjectOptions): Generator<Step, Projection> {
  const reduced = yield* told('axes', reduceRows(rows, { dimensions, centred, seed }))
  if (direction) scaleRows(reduced)
  const same = gatherSame(reduced)
  const found = yield* told('neighbours', nearestNeighbours(same.distinct, neighboursWanted, seed))
  const places = firstAxes(same.distinct, seed)
  if (same.distinct.size > 2) yield* told('layout', layOut(yield* told('strengths', fuzzyGraph(found)), places, seed))
  fit(places)
  const points = spreadSame(same, places)
  fit(points)
  const { perRow, neighbours } = neighboursOfRows(same, found, asked)
  return { points, neighbours, perPoint: perRow }
}

function* told<Result>(stage: Stage, steps: Generator<number, Result>): Generator<Step, Result> {
  const [from, to] = spent[stage]
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    yield { stage, share: from + (to - from) * step.value }
  }
}

/** The layout begins with the first two axes, so that what is far apart stays so; a trace of noise parts what these do not tell apart. */
function firstAxes({ values, size, width }: Points, seed: number): Float32Array {
  const random = randomAt(seed, 'projection', 4)
  const points = new Float32Array(2 * size)
  let most = 0
  for (let row = 0; row < size; row++) {
    for (let axis = 0; axis < Math.min(2, width); axis++) {
      points[2 * row + axis] = values[row * width + axis]
      most = Math.max(most, Math.abs(points[2 * row + axis]))
    }
  }
  for (let at = 0; at < points.length; at++) points[at] = (most === 0 ? 0 : (10 * points[at]) / most) + 0.01 * normal(random)
  return points
}

/** Moves the middle to 0 and the farthest to 1, both axes by the same measure. */
function fit(points: Float32Array): void {
  const ends = [Infinity, -Infinity, Infinity, -Infinity]
  for (let at = 0; at < points.length; at++) {
    const axis = 2 * (at % 2)
    ends[axis] = Math.min(ends[axis], points[at])
    ends[axis + 1] = Math.max(ends[axis + 1], points[at])
  }
  const half = Math.max(ends[1] - ends[0], ends[3] - ends[2]) / 2
  for (let at = 0; at < points.length; at++) {
    const axis = 2 * (at % 2)
    points[at] = half > 0 ? (points[at] - (ends[axis] + ends[axis + 1]) / 2) / half : 0
  }
}
