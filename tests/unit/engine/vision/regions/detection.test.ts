import { describe, expect, test } from 'vitest'
import { decodeDetections, overlap, ssdAnchors, suppress, type Detection } from '#engine/vision/regions/detection.ts'

describe('SSD boxes', () => {
  test('there are 1,917 anchors, centred in their cells', () => {
    const anchors = ssdAnchors()
    expect(anchors.length).toBe(4 * 1917)
    expect(anchors[0]).toBeCloseTo(0.5 / 19, 6)
    expect(anchors[2]).toBeCloseTo(0.1, 6)
    const last = Array.from(anchors.subarray(-4))
    expect(last[0]).toBe(0.5)
    expect(last[2]).toBeCloseTo(Math.sqrt(0.95), 6)
  })

  test('a zero code is the anchor itself, a code moves and scales it', () => {
    const anchors = Float32Array.of(0.5, 0.5, 0.2, 0.4)
    const labels = ['background', 'thing']
    const classes = Float32Array.of(0, 2)
    const [[same]] = decodeDetections({ boxes: Float32Array.of(0, 0, 0, 0), classes, labels }, 1, anchors)
    expect(same.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
    same.box.forEach((value, index) => expect(value).toBeCloseTo([0.4, 0.3, 0.6, 0.7][index], 6))
    const moved = Float32Array.of(1, 5, 5 * Math.log(0.5), 0) // down by 0.1 heights, right by half a width, half as high
    const [[box]] = decodeDetections({ boxes: moved, classes, labels }, 1, anchors).map((found) => found.map((thing) => thing.box))
    box.forEach((value, index) => expect(value).toBeCloseTo([0.5, 0.44, 0.7, 0.64][index], 6))
  })

  test('the background and things below the least score are not reported; the best come first', () => {
    const anchors = Float32Array.of(0.2, 0.2, 0.1, 0.1, 0.8, 0.8, 0.1, 0.1)
    const raw = { boxes: new Float32Array(8), classes: Float32Array.of(9, 1, -1, 9, -1, 3), labels: ['background', 'cat', 'dog'] }
    expect(decodeDetections(raw, 1, anchors)[0].map(({ label }) => label)).toEqual(['dog', 'cat'])
    expect(decodeDetections(raw, 1, anchors, { minimumScore: 0.9 })[0].map(({ label }) => label)).toEqual(['dog'])
    expect(decodeDetections(raw, 1, anchors, { limit: 1 })[0]).toHaveLength(1)
  })

  test('each image of a batch gets its own things', () => {
    const anchors = Float32Array.of(0.5, 0.5, 0.2, 0.2)
    const raw = { boxes: new Float32Array(8), classes: Float32Array.of(0, -5, 0, 5), labels: ['background', 'cat'] }
    expect(decodeDetections(raw, 2, anchors).map((found) => found.length)).toEqual([0, 1])
  })

  test('of two boxes that overlap much the better stays, those apart both stay', () => {
    const thing = (score: number, x: number): Detection => ({ label: 'cat', score, box: [x, 0, x + 0.4, 0.4] })
    expect(suppress([thing(0.6, 0), thing(0.9, 0.05), thing(0.7, 0.5)], 0.5).map(({ score }) => score)).toEqual([0.9, 0.7])
    expect(overlap([0, 0, 0.2, 0.2], [0.1, 0, 0.3, 0.2])).toBeCloseTo(1 / 3, 6)
    expect(overlap([0, 0, 0.2, 0.2], [0.2, 0, 0.3, 0.2])).toBe(0)
  })
})
