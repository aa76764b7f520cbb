import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { composeScene, sceneHeight, sceneWidth } from '#engine/scenes/compose.ts'
import { describeScene } from '#engine/scenes/describe.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'

const seeds = Array.from({ length: 500 }, (_, index) => index + 1)

test('the same seed composes the same scene', () => {
  for (const seed of seeds.slice(0, 20)) expect(composeScene(seed)).toEqual(composeScene(seed))
})

test('every scene holds one to five objects inside the picture', () => {
  for (const seed of seeds) {
    const boxes = composeScene(seed).groups.flatMap((group) => group.boxes)
    expect(boxes.length).toBeGreaterThanOrEqual(2)
    expect(boxes.length).toBeLessThanOrEqual(5)
    for (const box of boxes) {
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.y).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(sceneWidth + 1)
      expect(box.y + box.height).toBeLessThanOrEqual(sceneHeight + 1)
    }
  }
})

test('left of, right of and above hold for the boxes', () => {
  for (const seed of seeds) {
    const { groups, relation } = composeScene(seed)
    const [first, second] = groups
    if (first === undefined || second === undefined) continue
    const middle = (boxes: { x: number; width: number }[]): number => boxes.reduce((sum, box) => sum + box.x + box.width / 2, 0) / boxes.length
    const height = (boxes: { y: number; height: number }[]): number => boxes.reduce((sum, box) => sum + box.y + box.height, 0) / boxes.length
    if (relation === 'left') expect(middle(first.boxes)).toBeLessThan(middle(second.boxes))
    if (relation === 'right') expect(middle(first.boxes)).toBeGreaterThan(middle(second.boxes))
    if (relation === 'above') expect(height(first.boxes)).toBeLessThan(height(second.boxes))
    if (relation === 'below') expect(height(first.boxes)).toBeGreaterThan(height(second.boxes))
    if (relation === 'front') expect(height(first.boxes)).toBeGreaterThan(height(second.boxes))
    if (relation === 'behind') expect(height(first.boxes)).toBeLessThan(height(second.boxes))
  }
})

test('five different sentences name every group with its count', () => {
  for (const seed of seeds) {
    const scene = composeScene(seed)
    const sentences = describeScene(scene)
    expect(new Set(sentences).size).toBe(5)
    for (const group of scene.groups) {
      const word = group.boxes.length === 1 ? group.thing.noun : group.thing.plural
      expect(sentences.filter((sentence) => sentence.toLowerCase().includes(word)).length).toBeGreaterThanOrEqual(4)
    }
    for (const sentence of sentences) expect(sentence).not.toMatch(/\ba [aeiou]|\ban [^aeiou]| {2}/)
  }
})

test('writes a COCO dataset whose pictures can be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-scenes-'))
  try {
    const written = await writeScenes(folder, 3, 7)
    const captions: unknown = JSON.parse(await readFile(written.captions, 'utf8'))
    expect(captions).toMatchObject({ images: [{ file_name: 'scene-00001.jpg' }, {}, {}] })
    const { width, height } = await sharp(join(written.images, 'scene-00002.jpg')).metadata()
    expect([width, height]).toEqual([sceneWidth, sceneHeight])
  } finally {
    await rm(folder, { recursive: true })
  }
})
