/**
 * Tensors that many runs are fed, in the memory of the device that reads them. ONNX Runtime's Node binding (1.30) has such tensors for WebGPU alone: as outputs
 * (`preferredOutputLocation: 'gpu-buffer'`), which can be fed again, to other sessions too. So they are brought there as what a graph of identities gives. With
 * every other provider a run copies what it is fed, and these are the tensors themselves.
 */
import { onnxDataTypes } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import type { Tensor } from './onnxruntime.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'

export interface DeviceTensors {
  /** By name, to be fed: as the given ones were when `refresh` was last called. */
  feeds(): Readonly<Record<string, Tensor>>
  /** The given tensors' memory holds other values now. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** @throws as `createSession` */
export async function keepOnDevice(tensors: Readonly<Record<string, Tensor>>, options: SessionOptions): Promise<DeviceTensors> {
  const names = Object.keys(tensors)
  if (options.provider !== 'webgpu' || names.length === 0) return { feeds: () => tensors, refresh: () => Promise.resolve(), close: () => Promise.resolve() }
  const session = await createSession(identities(tensors), { ...options, outputs: 'on-device' })
  let kept = await upload(session, tensors)
  return {
    feeds: () => kept,
    async refresh() {
      const before = kept
      kept = await upload(session, tensors) // tensors of the device that are given to be written into are left as they are
      dispose(before)
    },
    async close() {
      dispose(kept)
      await session.release()
    },
  }
}

const kept = (name: string): string => `kept:${name}`

async function upload(session: Session, tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const found = await session.run(tensors)
  return Object.fromEntries(Object.keys(tensors).map((name) => [name, found[kept(name)]]))
}

function dispose(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose()
}

/** Gives what it is fed, float32 alone. */
function identities(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const values = Object.entries(tensors).map(([name, { dims }]) => ({ name, dataType: onnxDataTypes.float32, shape: [...dims] }))
  return encodeModel({
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    graph: {
      name: 'kept',
      inputs: values,
      outputs: values.map((value) => ({ ...value, name: kept(value.name) })),
      initializers: [],
      nodes: values.map(({ name }) => ({ opType: 'Identity', name: kept(name), inputs: [name], outputs: [kept(name)], attributes: {} })),
    },
  })
}
