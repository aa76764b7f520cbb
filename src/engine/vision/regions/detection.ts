/** The boxes of an SSD head: its anchors, its box code and non-maximum suppression. */

/** A thing found: x0, y0, x1, y1 in 0–1 of the input image. */
export interface Detection {
  label: string
  score: number
  box: [x0: number, y0: number, x1: number, y1: number]
}

export interface DetectionOptions {
  /** below this a thing is not reported (default 0.5) */
  minimumScore?: number
  /** boxes of one label that overlap more than this are the same thing (default 0.5) */
  maximumOverlap?: number
  /** per image (default 100) */
  limit?: number
}

/** Centre and size of the default boxes, four values each: x, y, width, height in 0–1. */
export type Anchors = Float32Array

let anchorsOf300: Anchors | undefined

/**
 * The 1,917 anchors of an SSD over MobileNetV2 at 300×300: six maps of 19, 10, 5, 3, 2 and 1 cells a side, scales from 0.2 to 0.95, aspect
 * ratios 1, 2, 1/2, 3, 1/3 and one more square between two scales; the first map has only three (TensorFlow's ssd_anchor_generator).
 */
export function ssdAnchors(): Anchors {
  if (anchorsOf300) return anchorsOf300
  const sides = [19, 10, 5, 3, 2, 1]
  const scales = [...sides.map((_, layer) => 0.2 + (0.75 * layer) / (sides.length - 1)), 1]
  const anchors: number[] = []
  sides.forEach((side, layer) => {
    const shapes = layer === 0 ? lowestLayer(scales[0]) : otherLayer(scales[layer], scales[layer + 1])
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) for (const [width, height] of shapes) anchors.push((column + 0.5) / side, (row + 0.5) / side, width, height)
  })
  anchorsOf300 = Float32Array.from(anchors)
  return anchorsOf300
}

type Shape = [width: number, height: number]

function shape(scale: number, aspect: number): Shape {
  return [scale * Math.sqrt(aspect), scale / Math.sqrt(aspect)]
}

function lowestLayer(scale: number): Shape[] {
  return [shape(0.1, 1), shape(scale, 2), shape(scale, 0.5)]
}

function otherLayer(scale: number, next: number): Shape[] {
  return [...[1, 2, 0.5, 3, 0.3333].map((aspect) => shape(scale, aspect)), shape(Math.sqrt(scale * next), 1)]
}

/**
 * Things per image from raw outputs: `boxes` [n, anchors, 4] = y, x, height, width relative to the anchor (scaled by 10, 10, 5, 5),
 * `classes` [n, anchors, labels] = logits, label 0 the background.
 */
export function decodeDetections(
  raw: { boxes: Float32Array; classes: Float32Array; labels: readonly string[] },
  n: number,
  anchors: Anchors,
  options: DetectionOptions = {},
): Detection[][] {
  const { minimumScore = 0.5, maximumOverlap = 0.5, limit = 100 } = options
  const count = anchors.length / 4
  const minimumLogit = Math.log(minimumScore / (1 - minimumScore))
  return Array.from({ length: n }, (_, image) => {
    const found: Detection[] = []
    for (let label = 1; label < raw.labels.length; label++) {
      const candidates: Detection[] = []
      for (let anchor = 0; anchor < count; anchor++) {
        const logit = raw.classes[(image * count + anchor) * raw.labels.length + label]
        if (logit < minimumLogit) continue
        const box = decodeBox(raw.boxes, image * count + anchor, anchors, anchor)
        candidates.push({ label: raw.labels[label], score: 1 / (1 + Math.exp(-logit)), box })
      }
      found.push(...suppress(candidates, maximumOverlap))
    }
    return found.sort(byScore).slice(0, limit)
  })
}

function decodeBox(boxes: Float32Array, row: number, anchors: Anchors, anchor: number): Detection['box'] {
  const [anchorX, anchorY, anchorWidth, anchorHeight] = anchors.subarray(4 * anchor, 4 * anchor + 4)
  const y = (boxes[4 * row] / 10) * anchorHeight + anchorY
  const x = (boxes[4 * row + 1] / 10) * anchorWidth + anchorX
  const height = Math.exp(boxes[4 * row + 2] / 5) * anchorHeight
  const width = Math.exp(boxes[4 * row + 3] / 5) * anchorWidth
  return [clip(x - width / 2), clip(y - height / 2), clip(x + width / 2), clip(y + height / 2)]
}

function clip(value: number): number {
  return Math.min(Math.max(value, 0), 1)
}

/** Greedy non-maximum suppression: the best box stays, those that overlap it too much go, and so on. */
export function suppress(candidates: readonly Detection[], maximumOverlap: number): Detection[] {
  const kept: Detection[] = []
  for (const candidate of candidates.toSorted(byScore)) if (kept.every((better) => overlap(better.box, candidate.box) <= maximumOverlap)) kept.push(candidate)
  return kept
}

function byScore(left: Detection, right: Detection): number {
  return right.score - left.score
}

/** Intersection over union of two boxes. */
export function overlap(left: Detection['box'], right: Detection['box']): number {
  const width = Math.min(left[2], right[2]) - Math.max(left[0], right[0])
  const height = Math.min(left[3], right[3]) - Math.max(left[1], right[1])
  if (width <= 0 || height <= 0) return 0
  const intersection = width * height
  return intersection / (area(left) + area(right) - intersection)
}

function area(box: Detection['box']): number {
  return (box[2] - box[0]) * (box[3] - box[1])
}
