/** Writes scenes as a small COCO dataset: `images/`, `captions.json`, `instances.json` (true boxes). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { composeScene, sceneHeight, sceneWidth } from './compose.ts'
import { describeScene } from './describe.ts'
import { drawScene, loadIcons } from './draw.ts'
import { things } from './things.ts'

export interface WrittenScenes {
  images: string
  captions: string
  instances: string
  count: number
}

/** Writes `count` scenes of seeds `seed`, `seed + 1`, … into `folder`; the same arguments write the same files. */
export async function writeScenes(folder: string, count: number, seed: number, onProgress?: (done: number) => void): Promise<WrittenScenes> {
  const imageFolder = join(folder, 'images')
  await mkdir(imageFolder, { recursive: true })
  const icons = loadIcons()
  const categories = [...new Set(things.map((thing) => thing.noun))].map((name, index) => {
    const category = things.find((thing) => thing.noun === name)?.category ?? null
    return { id: index + 1, name, coco: category, supercategory: 'thing' }
  })
  const images: object[] = []
  const annotations: object[] = []
  const boxes: object[] = []
  for (let index = 0; index < count; index += 1) {
    const scene = composeScene(seed + index)
    const id = index + 1
    const fileName = `scene-${String(id).padStart(5, '0')}.jpg`
    await writeFile(join(imageFolder, fileName), await drawScene(scene, icons))
    images.push({ id, file_name: fileName, width: sceneWidth, height: sceneHeight })
    for (const caption of describeScene(scene)) annotations.push({ id: annotations.length + 1, image_id: id, caption })
    for (const group of scene.groups)
      for (const box of group.boxes)
        boxes.push({
          id: boxes.length + 1,
          image_id: id,
          category_id: categories.find((category) => category.name === group.thing.noun)?.id,
          bbox: [box.x, box.y, box.width, box.height],
          area: box.width * box.height,
          iscrowd: 0,
        })
    onProgress?.(index + 1)
  }
  const info = { description: 'Capstan scenes', version: '1', seed }
  const captions = join(folder, 'captions.json')
  const instances = join(folder, 'instances.json')
  await writeFile(captions, JSON.stringify({ info, images, annotations }))
  await writeFile(instances, JSON.stringify({ info, images, annotations: boxes, categories }))
  return { images: imageFolder, captions, instances, count }
}
