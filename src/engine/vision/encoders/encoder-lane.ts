/** The program of an encoder's lane: answers `encoder-lanes.ts`. */
import { workerData } from 'node:worker_threads'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { createSession } from '#engine/runtime/session.ts'
import { answerQuestions } from '#engine/runtime/threads.ts'

export interface LaneData {
  /** The ONNX model, in memory that threads share. */
  model: Uint8Array
  input: { name: string; width: number; height: number }
  grid: string
  pooled: string
}

export interface EncodeQuestion {
  /** [3, height, width] */
  pixels: Float32Array
}

export interface GridAndPooled {
  grid: Float32Array
  pooled: Float32Array
}

// What `openEncoderLanes` told it.
const { model, input, grid, pooled } = workerData as LaneData
const session = createSession(model.slice(), { threads: 1, waiting: 'sleep' })

answerQuestions(
  async ({ pixels }: EncodeQuestion): Promise<GridAndPooled> => {
    const outputs = await (await session).run({ [input.name]: new Tensor('float32', pixels, [1, 3, input.height, input.width]) })
    return { grid: floatsOf(outputs[grid]), pooled: floatsOf(outputs[pooled]) }
  },
  (features) => [features.grid.buffer, features.pooled.buffer].filter((buffer) => buffer instanceof ArrayBuffer),
)

/** The values in memory of this thread, which can be handed over. */
function floatsOf(output: Tensor): Float32Array {
  if (output.data instanceof Float32Array) return output.data.slice()
  throw new TypeError(`The encoder's output is of type ${output.type}, not float32.`)
}
