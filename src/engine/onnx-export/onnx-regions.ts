/**
 * Regions of one photo as ONNX nodes, as `vision/detection.ts` and `vision/roi-align.ts` compute them: an SSD head's boxes, non-maximum suppression,
 * the best of them (the whole photo where there are none), and the means of the grid's cells inside each.
 */
import { ssdAnchors } from '#engine/vision/regions/detection.ts'
import { floatTensor, integer, integers, integerTensor, node, text, type OnnxPieces } from '#engine/graph/onnx/onnx-pieces.ts'

export interface RegionsOfGrid {
  /** The detector's, the background included. */
  labels: number
  /** Name of the grid's tensor: [1, rows × columns, width]. */
  cells: string
  rows: number
  columns: number
  width: number
  /** The most regions. */
  limit: number
  minimumScore: number
}

/** As `decodeDetections`. */
const maximumOverlap = 0.5

/**
 * `raw_boxes` [1, anchors, 4] and `raw_classes` [1, anchors, labels] → `features` [1, regions, width], `boxes` [1, regions, 4] and `visual_mask`
 * [1, regions] of one photo.
 */
export function regionPieces(regions: RegionsOfGrid): OnnxPieces {
  const parts = [decodedBoxes(), bestBoxes(regions), insideOfBoxes(regions)]
  return { nodes: parts.flatMap(({ nodes }) => nodes), constants: parts.flatMap(({ constants }) => constants) }
}

/** `raw_boxes` → `all boxes` [1, anchors, 4]: x0, y0, x1, y1 in 0–1. */
function decodedBoxes(): OnnxPieces {
  const anchors = ssdAnchors()
  const count = anchors.length / 4
  const column = (place: number, scale = 1): Float32Array => Float32Array.from({ length: count }, (_, anchor) => anchors[4 * anchor + place] * scale)
  const along = (name: string, values: Float32Array) => floatTensor(name, [1, count, 1], values)
  const axes = [
    { axis: 'x', centre: 0, size: 2, rawCentre: 1, rawSize: 3 },
    { axis: 'y', centre: 1, size: 3, rawCentre: 0, rawSize: 2 },
  ]
  const pieces = axes.map(({ axis, centre, size, rawCentre, rawSize }): OnnxPieces => ({
    constants: [
      integerTensor(`${axis} raw centre at`, [rawCentre]),
      integerTensor(`${axis} raw size at`, [rawSize]),
      along(`${axis} anchors`, column(centre)),
      along(`${axis} tenths`, column(size, 1 / 10)),
      along(`${axis} halves`, column(size, 1 / 2)),
    ],
    nodes: [
      node('Gather', ['raw_boxes', `${axis} raw centre at`], `${axis} raw centre`, { axis: integer(2) }),
      node('Mul', [`${axis} raw centre`, `${axis} tenths`], `${axis} shift`),
      node('Add', [`${axis} shift`, `${axis} anchors`], `${axis} centre`),
      node('Gather', ['raw_boxes', `${axis} raw size at`], `${axis} raw size`, { axis: integer(2) }),
      node('Div', [`${axis} raw size`, 'five'], `${axis} log size`),
      node('Exp', [`${axis} log size`], `${axis} growth`),
      node('Mul', [`${axis} growth`, `${axis} halves`], `${axis} half size`),
      node('Sub', [`${axis} centre`, `${axis} half size`], `${axis}0`),
      node('Add', [`${axis} centre`, `${axis} half size`], `${axis}1`),
    ],
  }))
  return {
    constants: [
      floatTensor('five', [], Float32Array.of(5)),
      floatTensor('zero', [], Float32Array.of(0)),
      floatTensor('one', [], Float32Array.of(1)),
      ...pieces.flatMap(({ constants }) => constants),
    ],
    nodes: [
      ...pieces.flatMap(({ nodes }) => nodes),
      node('Concat', ['x0', 'y0', 'x1', 'y1'], 'unclipped boxes', { axis: integer(2) }),
      node('Clip', ['unclipped boxes', 'zero', 'one'], 'all boxes'),
    ],
  }
}

/** `all boxes` and `raw_classes` → `region boxes` [regions, 4], best first. */
function bestBoxes({ labels, limit, minimumScore }: RegionsOfGrid): OnnxPieces {
  const anchors = ssdAnchors().length / 4
  return {
    constants: [
      integerTensor(
        'things',
        Array.from({ length: labels - 1 }, (_, index) => index + 1),
      ), // 0 is the background
      integerTensor('every box', [anchors]),
      floatTensor('maximum overlap', [1], Float32Array.of(maximumOverlap)),
      floatTensor('minimum logit', [1], Float32Array.of(Math.log(minimumScore / (1 - minimumScore)))),
      integerTensor('box at', [2]),
      integerTensor('last axis', [1]),
      integerTensor('first axis', [0]),
      integerTensor('whole photo at', [anchors]),
      floatTensor('whole photo', [1, 4], Float32Array.of(0, 0, 1, 1)),
      floatTensor('last of all', [1], Float32Array.of(-1e30)),
      integerTensor('limit', [limit]),
      integerTensor('at least one', [1]),
      integerTensor('to the first', [1]),
    ],
    nodes: [
      node('Gather', ['raw_classes', 'things'], 'logits of things', { axis: integer(2) }),
      node('Transpose', ['logits of things'], 'logits', { perm: integers(0, 2, 1) }),
      node('NonMaxSuppression', ['all boxes', 'logits', 'every box', 'maximum overlap', 'minimum logit'], 'found'),
      node('GatherND', ['logits', 'found'], 'logits found'),
      node('Concat', ['logits found', 'last of all'], 'logits in question', { axis: integer(0) }),
      node('Gather', ['found', 'box at'], 'column of boxes', { axis: integer(1) }),
      node('Squeeze', ['column of boxes', 'last axis'], 'boxes found'),
      node('Concat', ['boxes found', 'whole photo at'], 'boxes in question', { axis: integer(0) }),
      node('Shape', ['boxes found'], 'number found'),
      node('Min', ['number found', 'limit'], 'within the limit'),
      node('Max', ['within the limit', 'at least one'], 'number of regions'),
      { ...node('TopK', ['logits in question', 'number of regions'], 'best logits'), outputs: ['best logits', 'best'] },
      node('Gather', ['boxes in question', 'best'], 'places'),
      node('Squeeze', ['all boxes', 'first axis'], 'boxes of the photo'),
      node('Concat', ['boxes of the photo', 'whole photo'], 'boxes and the photo', { axis: integer(0) }),
      node('Gather', ['boxes and the photo', 'places'], 'region boxes'),
      node('Unsqueeze', ['region boxes', 'first axis'], 'boxes'),
      node('Concat', ['to the first', 'number of regions'], 'shape of the mask', { axis: integer(0) }),
      node('Expand', ['one', 'shape of the mask'], 'visual_mask'),
    ],
  }
}

/** The grid's cells and `region boxes` → `features`. */
function insideOfBoxes({ cells, rows, columns, width }: RegionsOfGrid): OnnxPieces {
  const aligned = {
    coordinate_transformation_mode: text('half_pixel'),
    mode: text('avg'),
    sampling_ratio: integer(0),
    output_height: integer(1),
    output_width: integer(1),
  }
  return {
    constants: [
      integerTensor('planes', [1, width, rows, columns]),
      floatTensor('cells a side', [1, 4], Float32Array.of(columns, rows, columns, rows)),
      integerTensor('of the first photo', [0]),
      integerTensor('rows of features', [1, -1, width]),
    ],
    nodes: [
      node('Transpose', [cells], 'channels', { perm: integers(0, 2, 1) }),
      node('Reshape', ['channels', 'planes'], 'feature map'),
      node('Mul', ['region boxes', 'cells a side'], 'boxes in cells'),
      node('Expand', ['of the first photo', 'number of regions'], 'photo of each'),
      node('RoiAlign', ['feature map', 'boxes in cells', 'photo of each'], 'means', aligned),
      node('Reshape', ['means', 'rows of features'], 'features'),
    ],
  }
}
