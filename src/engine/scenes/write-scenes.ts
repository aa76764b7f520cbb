/** Writes scenes as a small COCO dataset: `images/`, `captions.json`, `instances.json` (true boxes). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '#engine/files/write-whole.ts'
import { sceneHeight, sceneWidth } from './backdrops.ts'
import { categoryOf, sceneCategories } from './categories.ts'
import { composeScene, type Scene } from './compose.ts'
import { describeScene } from './describe.ts'
import { drawScene, loadIcons } from './draw.ts'

export interface WrittenScenes {
  images: string
  captions: string
  instances: string
  count: number
}

/** Which scenes a series takes; the others of its seeds are left out. */
export type SceneChoice = (scene: Scene) => boolean

const every: SceneChoice = () => true

/** `count` scenes of the seeds from `seed` on, in order. */
export function composeSeries(count: number, seed: number, only = every): Scene[] {
  const scenes: Scene[] = []
  for (let next = seed; scenes.length < count; next += 1) {
    const scene = composeScene(next)
    if (only(scene)) scenes.push(scene)
  }
  return scenes
}

/** Writes a series into `folder`; the same arguments write the same files. */
export async function writeScenes(folder: string, count: number, seed: number, only = every): Promise<WrittenScenes> {
  const imageFolder = join(folder, 'images')
  await mkdir(imageFolder, { recursive: true })
  const icons = loadIcons()
  const images: object[] = []
  const annotations: object[] = []
  const boxes: object[] = []
  for (const [index, scene] of composeSeries(count, seed, only).entries()) {
    const id = index + 1
    const fileName = `scene-${String(id).padStart(5, '0')}.jpg`
    await writeFile(join(imageFolder, fileName), await drawScene(scene, icons))
    images.push({ id, file_name: fileName, width: sceneWidth, height: sceneHeight })
    for (const caption of describeScene(scene)) annotations.push({ id: annotations.length + 1, image_id: id, caption })
    for (const { thing, boxes: drawn } of scene.groups)
      for (const { x, y, width, height } of drawn)
        boxes.push({
          id: boxes.length + 1,
          image_id: id,
          category_id: categoryOf(thing).id,
          bbox: [x, y, width, height],
          area: width * height,
          iscrowd: 0,
        })
  }
  const info = { description: 'Capstan scenes', version: '2', seed }
  const captions = join(folder, 'captions.json')
  const instances = join(folder, 'instances.json')
  await writeWhole(captions, JSON.stringify({ info, images, annotations }))
  await writeWhole(instances, JSON.stringify({ info, images, annotations: boxes, categories: sceneCategories }))
  return { images: imageFolder, captions, instances, count }
}
