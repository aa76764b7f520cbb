/** A few captioned photos in Flickr8k's file layout: real ones where the shared data is there, else scenes that the project draws itself. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { sharedData } from './shared-data.ts'

export interface CaptionedPhotos {
  /** Token file: `name#n<TAB>caption`. */
  captions: string
  images: string
  train: string
  dev: string
  /** Captions by file name. */
  texts: Map<string, string[]>
}

/** Puts `train + dev` photos below a folder. */
export async function writeCaptionedPhotos(folder: string, train: number, dev: number): Promise<CaptionedPhotos> {
  const images = join(folder, 'photos')
  await mkdir(images, { recursive: true })
  const texts = sharedData === undefined ? await drawn(folder, images, train + dev) : await flickr8k(join(sharedData, 'flickr8k'), images, train + dev)
  const names = [...texts.keys()]
  const files = { captions: join(folder, 'captions.token.txt'), train: join(folder, 'train.txt'), dev: join(folder, 'dev.txt') }
  const lines = [...texts].flatMap(([name, captions]) => captions.map((caption, number) => `${name}#${number}\t${caption}`))
  await writeFile(files.captions, `${lines.join('\n')}\n`)
  await writeFile(files.train, `${names.slice(0, train).join('\n')}\n`)
  await writeFile(files.dev, `${names.slice(train).join('\n')}\n`)
  return { ...files, images, texts }
}

async function flickr8k(source: string, images: string, count: number): Promise<Map<string, string[]>> {
  const names = (await readFile(join(source, 'dev.txt'), 'utf8')).trim().split('\n').slice(0, count)
  const texts = new Map(names.map((name) => [name, [] as string[]]))
  for (const line of (await readFile(join(source, 'captions.token.txt'), 'utf8')).split('\n')) {
    const [name = '', caption = ''] = line.split('\t')
    texts.get(name.split('#')[0])?.push(caption)
  }
  const folder = join(source, 'images')
  for (const name of names) await copyFile(join(folder, name), join(images, name))
  return texts
}

const cocoSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string() })),
  annotations: z.array(z.object({ image_id: z.number(), caption: z.string() })),
})

async function drawn(folder: string, images: string, count: number): Promise<Map<string, string[]>> {
  const scenes = await writeScenes(join(folder, 'scenes'), count, 11)
  const coco = cocoSchema.parse(JSON.parse(await readFile(scenes.captions, 'utf8')))
  const texts = new Map<string, string[]>()
  for (const { id, file_name: name } of coco.images) {
    await copyFile(join(scenes.images, name), join(images, name))
    texts.set(
      name,
      coco.annotations.filter((annotation) => annotation.image_id === id).map(({ caption }) => caption),
    )
  }
  return texts
}
