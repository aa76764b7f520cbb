/** A bare matrix product through onnxruntime: what the machine gives at best, to compare speeds with. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { onnxDataTypes } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { createSession } from '#engine/runtime/session.ts'

const [rows, inner, columns] = [1024, 512, 2048]

export interface BareProduct {
  /** Floating-point operations of one run. */
  readonly operations: number
  readonly shape: string
  /** Rows, inner size, columns. */
  readonly sides: readonly [number, number, number]
  run(): Promise<void>
  close(): Promise<void>
}

export async function openBareProduct(threads: number): Promise<BareProduct> {
  const value = (name: string, shape: number[]) => ({ name, dataType: onnxDataTypes.float32, shape })
  const model = encodeModel({
    irVersion: 10,
    opsets: [{ domain: '', version: 21 }],
    graph: {
      name: 'product',
      nodes: [{ opType: 'MatMul', name: 'product', inputs: ['a', 'b'], outputs: ['c'], attributes: {} }],
      inputs: [value('a', [rows, inner]), value('b', [inner, columns])],
      outputs: [value('c', [rows, columns])],
      initializers: [],
    },
  })
  const session = await createSession(model, { threads })
  const feeds = {
    a: new Tensor('float32', new Float32Array(rows * inner).fill(0.5), [rows, inner]),
    b: new Tensor('float32', new Float32Array(inner * columns).fill(0.25), [inner, columns]),
  }
  const fetches = { c: new Tensor('float32', new Float32Array(rows * columns), [rows, columns]) }
  return {
    operations: 2 * rows * inner * columns,
    shape: `${rows} × ${inner} × ${columns}`,
    sides: [rows, inner, columns],
    async run() {
      await session.run(feeds, fetches)
    },
    close: () => session.release(),
  }
}
