import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { objectsIn } from '#engine/metrics/failures/chair.ts'
import { readInstances } from '#engine/datasets/instances.ts'
import { sceneHeight, sceneWidth } from '#engine/scenes/backdrops.ts'
import { composeScene, holds } from '#engine/scenes/compose.ts'
import { describeScene } from '#engine/scenes/describe.ts'
import { loadIcons } from '#engine/scenes/draw.ts'
import { things } from '#engine/scenes/things.ts'
import { composeSeries, writeScenes } from '#engine/scenes/write-scenes.ts'
import { ptbTokenize } from '#engine/text/ptb-tokenizer.ts'

const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

test('the same seed composes the same scene', () => {
  for (const seed of seeds.slice(0, 20)) expect(composeScene(seed)).toEqual(composeScene(seed))
})

test('every scene holds two to five things inside the picture', () => {
  for (const seed of seeds) {
    const boxes = composeScene(seed).groups.flatMap((group) => group.boxes)
    expect(boxes.length).toBeGreaterThanOrEqual(2)
    expect(boxes.length).toBeLessThanOrEqual(5)
    for (const box of boxes) {
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.y).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(sceneWidth)
      expect(box.y + box.height).toBeLessThanOrEqual(sceneHeight)
    }
  }
})

test('things stand where one would meet them, on the ground or in the sky', () => {
  for (const seed of seeds) {
    const { backdrop, groups } = composeScene(seed)
    for (const { thing } of groups) expect(thing.lives).toContain(backdrop.name)
  }
})

test('the relation that a scene names holds for its boxes', () => {
  const seen = new Set<string>()
  for (const seed of seeds) {
    const { groups, relation } = composeScene(seed)
    const [first, second] = groups
    if (first === undefined || second === undefined || relation === null) continue
    seen.add(relation)
    expect(holds(relation, first.boxes, second.boxes), `${relation}, seed ${seed}`).toBe(true)
    expect(holds(relation, second.boxes, first.boxes)).toBe(false)
  }
  expect(seen.size).toBe(6)
})

test('five different sentences name every group with its count', () => {
  for (const seed of seeds) {
    const scene = composeScene(seed)
    const sentences = describeScene(scene)
    expect(new Set(sentences).size).toBe(5)
    for (const group of scene.groups) {
      const word = group.boxes.length === 1 ? group.thing.noun : group.thing.plural
      expect(sentences.filter((sentence) => sentence.toLowerCase().includes(word))).toHaveLength(5)
    }
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][a-z ]+\.$/)
    for (const sentence of sentences) expect(sentence).not.toMatch(/\ba [aeiou]|\ban [^aeiou]| {2}|\b(\w+) \1\b/)
  }
})

test('sentences say colours, sizes, counts and places', () => {
  const all = seeds.flatMap((seed) => describeScene(composeScene(seed))).join(' ')
  for (const word of [
    'red',
    'striped',
    'small',
    'large',
    'tall',
    'two',
    'five',
    'to the left of',
    'in front of',
    'behind',
    'next to',
    'above',
    'on the grass',
    'in the sky',
  ])
    expect(all, word).toContain(word)
})

test('the words of a thing mean its COCO class, or none', () => {
  for (const { noun, plural, category } of things)
    for (const words of [noun, plural]) expect(objectsIn(words.split(' ')), words).toEqual(category === null ? [] : [category])
})

test('the bounds of a thing are what its icon fills', { timeout: 120_000 }, async () => {
  const icons = loadIcons()
  for (const { icon, bounds } of things) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="128" height="128">${icons.get(icon) ?? ''}</svg>`
    const { info } = await sharp(Buffer.from(svg))
      .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 20 })
      .toBuffer({ resolveWithObject: true })
    const measured = [-(info.trimOffsetLeft ?? 0), -(info.trimOffsetTop ?? 0), info.width, info.height]
    for (const [index, value] of measured.entries()) expect(Math.abs(value - (bounds[index] ?? 0)), `${icon} ${measured.join()}`).toBeLessThanOrEqual(1)
  }
})

test('writes a COCO dataset whose pictures can be read and whose instances are what the sentences name', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-scenes-'))
  try {
    const written = await writeScenes(folder, 6, 7)
    const captions = JSON.parse(await readFile(written.captions, 'utf8')) as {
      images: { file_name: string }[]
      annotations: { image_id: number; caption: string }[]
    }
    expect(captions.images).toHaveLength(6)
    expect(captions.images[0]).toMatchObject({ file_name: 'scene-00001.jpg', width: sceneWidth, height: sceneHeight })
    const { width, height } = await sharp(join(written.images, 'scene-00002.jpg')).metadata()
    expect([width, height]).toEqual([sceneWidth, sceneHeight])
    const instances = await readInstances(written.instances)
    for (const { image_id: id, caption } of captions.annotations)
      for (const name of objectsIn(ptbTokenize(caption))) expect(instances.get(id), caption).toContain(name)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a series leaves out what it is told to', () => {
  const scenes = composeSeries(30, 1, ({ backdrop }) => backdrop.name !== 'snow')
  expect(scenes).toHaveLength(30)
  expect(scenes.map(({ backdrop }) => backdrop.name)).not.toContain('snow')
})
