import { expect, test } from 'vitest'
import { cellBoxes, relativeGeometry, trigonometricEmbedding } from '#engine/captioners/box-geometry.ts'
import { createGraph } from '#engine/graph/graph.ts'
import { writeOnnx } from '#engine/graph/onnx/onnx-write.ts'
import { reshape } from '#engine/graph/operations.ts'
import { openSession } from '../../../support/small-captioner.ts'

/** Boxes whose relations in the published code are known. */
const boxes = [
  [0, 0, 0.5, 0.5],
  [0.5, 0, 1, 0.5],
  [0.1, 0.2, 0.9, 1],
]

async function relations(boxesOf: readonly (readonly number[])[], offset: 0 | 1) {
  const graph = createGraph()
  const count = boxesOf.length
  const pairs = count * count
  const geometry = relativeGeometry(graph.constant(Float64Array.from(boxesOf.flat()), 'float64', [1, count, 4]), offset)
  graph.output('geometry', geometry)
  graph.output('embedding', trigonometricEmbedding(reshape(geometry, [pairs, 4]), pairs))
  const results = await (await openSession(writeOnnx(graph, 'relations'))).run({})
  const rowOf = (name: string, width: number) => (m: number, n: number) => {
    const values = results[name].data as Float64Array
    return Array.from(values.slice((m * count + n) * width, (m * count + n + 1) * width))
  }
  return { lambda: rowOf('geometry', 4), embedding: rowOf('embedding', 64) }
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index], 5))
}

test('λ is that of the published code', async () => {
  const { lambda } = await relations(boxes, 1)
  expectNear(lambda(0, 1), [-1.098612, -6.907755, 0, 0])
  expectNear(lambda(0, 2), [-1.791759, -1.455287, -0.182322, -0.182322])
  expectNear(lambda(2, 0), [-1.974081, -1.637609, 0.182322, 0.182322])
  expectNear(lambda(0, 0), [-6.907755, -6.907755, 0, 0])
})

test('the trigonometric embedding is that of the published code', async () => {
  const { embedding } = await relations(boxes, 1)
  const row = embedding(0, 2)
  expectNear(row.slice(0, 8), [0.104972, -0.158969, -0.431868, -0.764284, 0.578709, -0.683278, -0.845542, -0.412223])
  expectNear(row.slice(8, 16), [-0.849724, 0.994185, -0.67895, 0.996602, 0.993916, -0.932378, -0.730032, -0.338294])
  expectNear(row.slice(32, 40), [-0.994475, 0.987284, 0.901937, 0.64488, 0.815534, -0.730158, 0.533908, 0.911083])
})

test('without the added 1, distances are in box sizes and aligned or empty boxes stay finite', async () => {
  const { lambda } = await relations([...boxes, [0, 0, 0, 0]], 0)
  // Centres (0.25, 0.25) and (0.5, 0.6), sides 0.5 and 0.8.
  expectNear(lambda(0, 2), [Math.log(0.5), Math.log(0.7), Math.log(0.625), Math.log(0.625)])
  expectNear(lambda(0, 1), [0, Math.log(1e-3), 0, 0])
  expectNear(lambda(3, 0), [Math.log(250), Math.log(250), Math.log(0.002), Math.log(0.002)])
})

test('cells are boxes row by row, behind a class token that is the image', () => {
  const grid = cellBoxes({ kind: 'cells', rows: 2, columns: 4, classToken: 'first' })
  expect(grid).toHaveLength(9 * 4)
  expect([...grid.slice(0, 4)]).toEqual([0, 0, 1, 1])
  expect([...grid.slice(4, 8)]).toEqual([0, 0, 0.25, 0.5])
  expect([...grid.slice(32, 36)]).toEqual([0.75, 0.5, 1, 1])
})

test('neighbouring cells of a 14 × 14 grid lie as the published code puts them', async () => {
  const grid = cellBoxes({ kind: 'cells', rows: 14, columns: 14 })
  const box = (cell: number) => [...grid.slice(cell * 4, cell * 4 + 4)]
  const { lambda } = await relations([box(0), box(1), box(13)], 1)
  expect(lambda(0, 1)[0]).toBeCloseTo(-2.708, 3)
  expect(lambda(0, 2)[0]).toBeCloseTo(-0.143, 3)
})
