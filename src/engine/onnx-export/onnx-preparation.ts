/**
 * An encoder's preprocessing as an ONNX model, for programs that have no resizing like ours: a decoded photo `photo` uint8
 * [height, width, 3] → `pixels` float32 [batch, 3, height, width], the same image in every place of a fixed batch.
 */
import { onnxDataTypes, type OnnxAttribute } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { floatTensor, integer, integers, integerTensor, node, text } from '#engine/graph/onnx/onnx-pieces.ts'

/** How Resize fits the photo; what is over is cut to the centre, what is missing is black. */
const policies = { squash: 'stretch', crop: 'not_smaller', letterbox: 'not_larger' } as const

export function preparationModel(input: Preprocessing, batch: number): Uint8Array {
  const { width, height, resize, interpolation, shortSide } = input
  const sizes = resize === 'crop' && shortSide !== undefined ? [shortSide, shortSide] : [height, width]
  const interpolated: Record<string, OnnxAttribute> = {
    axes: integers(2, 3),
    antialias: integer(1),
    keep_aspect_ratio_policy: text(policies[resize]),
    mode: text(interpolation === 'bicubic' ? 'cubic' : 'linear'),
    // As Pillow: the kernel's parameter is −0.5, and weights beyond the edges are left out.
    ...(interpolation === 'bicubic' && { cubic_coeff_a: { kind: 'float' as const, value: -0.5 }, exclude_outside: integer(1) }),
  }
  const nodes = [
    node('Unsqueeze', ['photo', 'first axis'], 'one'),
    node('Transpose', ['one'], 'planes', { perm: integers(0, 3, 1, 2) }),
    node('Cast', ['planes'], 'levels', { to: integer(onnxDataTypes.float32) }),
    node('Resize', ['levels', '', '', 'sizes'], 'resized', interpolated),
    node('Round', ['resized'], 'rounded'),
    node('Clip', ['rounded', 'lowest', 'highest'], 'clipped'),
    node('CenterCropPad', ['clipped', 'shape'], 'placed', { axes: integers(2, 3) }),
    node('Sub', ['placed', 'mean'], 'centred'),
    node('Div', ['centred', 'deviation'], 'normalised'),
    node('Expand', ['normalised', 'batch'], 'pixels'),
  ]
  const levels = (values: readonly number[]) => Float32Array.from(values, (value) => value * 255)
  const initializers = [
    integerTensor('first axis', [0]),
    integerTensor('sizes', sizes),
    integerTensor('shape', [height, width]),
    integerTensor('batch', [batch, 3, height, width]),
    floatTensor('lowest', [], Float32Array.of(0)),
    floatTensor('highest', [], Float32Array.of(255)),
    floatTensor('mean', [1, 3, 1, 1], levels(input.mean)),
    floatTensor('deviation', [1, 3, 1, 1], levels(input.std)),
  ]
  const inputs = [{ name: 'photo', dataType: onnxDataTypes.uint8, shape: ['photo height', 'photo width', 3] }]
  const outputs = [{ name: 'pixels', dataType: onnxDataTypes.float32, shape: [batch, 3, height, width] }]
  const graph = { name: 'prepare', nodes, initializers, inputs, outputs }
  return encodeModel({ irVersion: 10, opsets: [{ domain: '', version: 21 }], graph })
}
