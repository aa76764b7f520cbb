/**
 * A captioner's training graphs in onnxruntime with every tensor allocated once: feeds and gradients are views of memory that the run owns. A batch is
 * run by the graph of the smallest size that holds its captions. One session is open at a time: each holds the memory of a whole step.
 */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { TrainingGraph, TrainingShape } from '#engine/captioners/captioner.ts'
import { maskInput } from '#engine/nn/dropout.ts'
import { keepOnDevice } from '#engine/runtime/device-tensors.ts'
import { createSession, type Session, type SessionOptions } from '#engine/runtime/session.ts'
import type { Provider } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { createBatch, type Batch } from '../data/batches.ts'
import { neededPlaces, packedSize, packPlaces } from '../data/packing.ts'
import { fillDropoutOffsets, fillDropoutPool } from './dropout.ts'
import type { ParameterStore } from '../optimiser/parameter-store.ts'
import { visualFeeds } from './visual-feeds.ts'

/** What a teacher says of a batch, and how much each target counts. */
export interface TeacherArrays {
  readonly logProbabilities: Float32Array
  readonly weights: Float32Array
}

export interface TrainingSession {
  /** The provider that executes. */
  readonly provider: Provider
  /** Filled by the caller before `run`. */
  readonly batch: Batch
  /** [rows · steps, V+1] and [rows · steps], likewise, where the graph has a teacher. */
  readonly teacher: TeacherArrays | undefined
  /** Forward and backward of step `step` (its dropout is drawn from it); gradients land in the parameter store. Returns the loss. */
  run(step: number, epoch: number): Promise<number>
  close(): Promise<void>
}

export interface TrainingSessionOptions {
  seed: number
  session: SessionOptions
}

/** The graphs of a run: one for every size of packed places, and one of all places. */
export interface TrainingGraphs {
  /** Of a whole batch. */
  readonly shape: TrainingShape
  /** Packed places, ascending, none of them all. */
  readonly sizes: readonly number[]
  graphOf(shape: TrainingShape): TrainingGraph
}

export async function openTrainingSession(
  { shape, sizes, graphOf }: TrainingGraphs,
  featureWidth: number,
  store: ParameterStore,
  { seed, session: sessionOptions }: TrainingSessionOptions,
): Promise<TrainingSession> {
  const { images, captionsPerImage, steps } = shape
  const rows = images * captionsPerImage
  const graphFor = (packedPlaces: number | undefined): TrainingGraph => graphOf(packedPlaces === undefined ? shape : { ...shape, packedPlaces })
  // Which parameters learn, and where dropout happens, is the same for every size.
  const graph = graphFor(sizes[0])
  const first = await createSession(graph.model, sessionOptions)
  let open: { size: number | undefined; session: Session } = { size: sizes[0], session: first }
  const sessionFor = async (size: number | undefined): Promise<Session> => {
    if (size === open.size) return open.session
    await open.session.release()
    open = { size, session: await createSession(graphFor(size).model, sessionOptions) }
    return open.session
  }
  const batch = createBatch(shape, featureWidth)
  const feeds: Record<string, Tensor> = {
    ...visualFeeds(first, batch, featureWidth),
    tokens: new Tensor('int64', batch.tokens, [rows, steps]),
    targets: new Tensor('int64', batch.targets, [rows, steps]),
    weights: new Tensor('float32', batch.weights, [rows, steps]),
  }
  const targets = rows * steps
  const teacher: TeacherArrays | undefined =
    graph.teacherOutputs === 0 ? undefined : { logProbabilities: new Float32Array(targets * graph.teacherOutputs), weights: new Float32Array(targets) }
  if (teacher !== undefined) {
    feeds['teacher_log_probabilities'] = new Tensor('float32', teacher.logProbabilities, [rows, steps, graph.teacherOutputs])
    feeds['teacher_weights'] = new Tensor('float32', teacher.weights, [rows, steps])
  }
  const loss = new Float32Array(1)
  const fetches: Record<string, Tensor> = { loss: new Tensor('float32', loss, []) }
  const frozen: Record<string, Tensor> = {}
  for (const { name, shape } of store.specs) {
    const learns = graph.trainable.includes(name)
    const into = learns || !first.inputNames.includes(name) ? feeds : frozen
    into[name] = new Tensor('float32', viewOf(store.values, name), shape)
    if (learns) fetches[`gradient:${name}`] = new Tensor('float32', viewOf(store.gradients, name), shape)
  }
  const kept = await keepOnDevice(frozen, sessionOptions)
  const dropout = dropoutFeeds(graph, seed)

  return {
    provider: first.provider,
    batch,
    teacher,
    async run(step, epoch) {
      const size = packedSize(sizes, neededPlaces(batch.weights, steps))
      const session = await sessionFor(size)
      await session.run({ ...feeds, ...kept.feeds(), ...dropout(step, epoch), ...(size !== undefined && packedFeeds(batch, steps, size)) }, fetches)
      return loss[0]
    },
    async close() {
      await open.session.release()
      await kept.close()
    },
  }
}

function packedFeeds({ weights }: Batch, steps: number, size: number): Record<string, Tensor> {
  const { places, placeRows } = packPlaces(weights, steps, size)
  return { places: new Tensor('int64', places, [size]), place_rows: new Tensor('int64', placeRows, [placeRows.length]) }
}

/** The masks of each step, from pools that are filled anew in every epoch. */
function dropoutFeeds(graph: TrainingGraph, seed: number): (step: number, epoch: number) => Record<string, Tensor> {
  const pools = graph.dropoutPools.map((pool) => ({ pool, values: new Float32Array(pool.size) }))
  const poolOf = new Map(pools.map(({ pool, values }) => [pool.rate, values]))
  const offsets = new BigInt64Array(graph.dropoutSites.length)
  const sliced: Record<string, Tensor> = {
    ...Object.fromEntries(pools.map(({ pool, values }) => [pool.input, new Tensor('float32', values, [pool.size])])),
    ...(offsets.length > 0 && { dropout_offsets: new Tensor('int64', offsets, [offsets.length]) }),
  }
  let poolEpoch = -1
  return (step, epoch) => {
    if (epoch !== poolEpoch) {
      pools.forEach(({ pool, values }, index) => fillDropoutPool(values, pool, seed, epoch, index))
      poolEpoch = epoch
    }
    fillDropoutOffsets(offsets, graph, seed, step)
    if (graph.dropout !== 'fed') return sliced
    return Object.fromEntries(
      graph.dropoutSites.map(({ rate, size }, site) => [maskInput(site), new Tensor('float32', pieceOf(poolOf, rate, Number(offsets[site]), size), [size])]),
    )
  }
}

function viewOf(views: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const view = views.get(name)
  if (view === undefined) throw new AppError('internal', `The run has no memory for “${name}”.`)
  return view
}

function pieceOf(pools: ReadonlyMap<number, Float32Array>, rate: number, start: number, size: number): Float32Array {
  const pool = pools.get(rate)
  if (pool === undefined) throw new AppError('internal', `The run has no dropout masks of rate ${rate}.`)
  return pool.subarray(start, start + size)
}
