import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { instanceBoxSource } from '#engine/vision/regions/instance-boxes.ts'
import { plainPhoto } from '../../../../support/packed-files.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

/** Photos of 24 × 16 pixels, and a file with a box for each name, as far from the left as its place in the list. */
async function boxes(photos: readonly string[], names: readonly string[]): Promise<(name: string) => Promise<number>> {
  const folder = temporaryFolder()
  for (const name of photos) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), await plainPhoto(9))
  }
  const file = join(folder, 'instances.json')
  const images = names.map((name, id) => ({ id, file_name: name, width: 24, height: 16 }))
  const annotations = names.map((_, id) => ({ id, image_id: id, category_id: 1, bbox: [id, 0, 4, 4] }))
  writeFileSync(file, JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'dog' }] }))
  const source = await instanceBoxSource(
    file,
    photos.map((name) => join(folder, name)),
  )
  return async (name) => {
    const path = join(folder, name)
    return (await source(readFileSync(path), path, { width: 24, height: 16 }))[0].box[0]
  }
}

test('a photo has the boxes of its own path; one that lies deeper under the same name has not', async () => {
  const left = await boxes(['1.jpg', 'in/1.jpg', 'in/2.jpg'], ['1.jpg', 'in/2.jpg'])
  expect(await left('1.jpg')).toBe(0)
  await expect(left('in/1.jpg')).rejects.toThrow('names no photo that is')
  expect(await left('in/2.jpg')).toBe(1)
  const both = await boxes(['1.jpg', 'in/1.jpg'], ['1.jpg', 'in\\1.jpg'])
  expect([await both('1.jpg'), await both('in/1.jpg')]).toEqual([0, 1])
})

test('a name that could be two of the photos gives its boxes to none of them', async () => {
  const left = await boxes(['a/1.jpg', 'b/1.jpg', 'a/2.jpg'], ['1.jpg', 'val2017/2.jpg'])
  for (const name of ['a/1.jpg', 'b/1.jpg']) await expect(left(name)).rejects.toThrow('instances.json means two photos by “1.jpg”')
  expect(await left('a/2.jpg')).toBe(1)
})
