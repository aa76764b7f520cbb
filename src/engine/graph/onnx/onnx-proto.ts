/** ONNX models to and from their protobuf bytes. */
import protobuf from 'protobufjs/light.js'
import { AppError } from '#shared/errors.ts'
import { onnxDescriptor } from './onnx-descriptor.ts'
import { modelFromMessage, modelMessageSchema, modelToMessage } from './onnx-message.ts'
import type { OnnxModel } from './onnx-model.ts'

const modelType = protobuf.Root.fromJSON(onnxDescriptor).resolveAll().lookupType('ModelProto')

/** The protobuf bytes of a model: what an `.onnx` file holds. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelType.encode(modelToMessage(model)).finish()
}

/** Reads an `.onnx` file's bytes. Tensor data stay views of `bytes` where they can. Throws AppError `corrupt` when it is no ONNX model. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  try {
    const message = modelMessageSchema.parse(modelType.toObject(modelType.decode(bytes), { longs: Number, arrays: true }))
    return modelFromMessage(message)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('corrupt', 'The file is not a readable ONNX model.', { todo: 'Export or copy the model again.', cause })
  }
}
