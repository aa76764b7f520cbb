import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppError, toReport } from '#shared/errors.ts'
import { readReferences, readResults } from '#engine/datasets/scored-captions.ts'
import { matchResults } from '#engine/metrics/match-results.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-coco-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(content: unknown): Promise<string> {
  const path = join(folder, `${Math.random()}.json`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const annotations = [
  { image_id: 7, id: 1, caption: 'A dog runs.' },
  { image_id: 3, id: 2, caption: 'A cat sits.' },
  { image_id: 7, id: 3, caption: 'The dog is running.' },
]
const references = { info: {}, images: [{ id: 3 }, { id: 7 }, { id: 9 }], annotations }

describe('references', () => {
  test('stand by image in the order of the file’s images', async () => {
    const { captions } = await readReferences(await file(references))
    expect([...captions]).toEqual([
      [3, ['A cat sits.']],
      [7, ['A dog runs.', 'The dog is running.']],
      [9, []],
    ])
  })

  test('may be a plain list, a file with a byte-order mark, and have ids that are words', async () => {
    const path = await file(`\ufeff${JSON.stringify([{ image_id: 'photo-1', caption: 'A dog.' }])}`)
    expect((await readReferences(path)).captions.get('photo-1')).toEqual(['A dog.'])
  })

  test.each([
    ['{"annotations": [', 'is not JSON'],
    ['{"images": []}', 'it has no "annotations"'],
    ['null', 'it has no "annotations"'],
    ['{"annotations": [{"image_id": 1, "caption": "a"}, {"image_id": 1}]}', 'annotations.1.caption'],
    ['{"annotations": [{"image_id": 1.5, "caption": "a"}]}', 'annotations.0.image_id'],
    ['{"annotations": [{"image_id": 1, "caption": 5}]}', 'annotations.0.caption'],
    ['{"images": [{"file_name": "a"}], "annotations": []}', 'images.0.id'],
  ])('that are %j are refused at %s', async (content, place) => {
    await expect(readReferences(await file(content))).rejects.toThrow(place)
  })

  test('that are missing are named', async () => {
    await expect(readReferences(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'not-found' })
  })
})

test('and results that are not UTF-8 are refused, and named by the encoding that they seem to have', async () => {
  const path = await file('')
  await writeFile(path, Buffer.from('[{"image_id": 1, "caption": "a caf\xe9"}]', 'latin1'))
  await expect(readReferences(path)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('Windows-1252') as string })
  await expect(readResults(path)).rejects.toMatchObject({ code: 'bad-input', kept: 'Nothing was scored.' })
  await writeFile(path, Buffer.from('\ufeff[]', 'utf16le'))
  await expect(readResults(path)).rejects.toThrow('UTF-16 (little-endian)')
})

describe('results', () => {
  test('are refused where an image has two captions', async () => {
    const twice = await file([
      { image_id: 3, caption: 'a' },
      { image_id: 7, caption: 'b' },
      { image_id: 3, caption: 'c' },
    ])
    await expect(readResults(twice)).rejects.toThrow('two captions for image 3 (the second is entry 2)')
  })

  test('are refused where they are something else', async () => {
    await expect(readResults(await file(references))).rejects.toThrow('expected array')
    await expect(readResults(await file([{ image_id: 3, captions: 'a' }]))).rejects.toThrow('[0].caption')
    await expect(readResults(await file([]))).rejects.toThrow('holds no caption')
  })
})

describe('matching', () => {
  test('ties captions to images by id alone, in the order of the references, and counts what has no result', async () => {
    const results = await readResults(
      await file([
        { image_id: 7, caption: 'dog' },
        { image_id: 3, caption: 'cat' },
      ]),
    )
    const matched = matchResults(await readReferences(await file(references)), results)
    expect(matched.images.map(({ id, candidate }) => [id, candidate])).toEqual([
      [3, 'cat'],
      [7, 'dog'],
    ])
    expect(matched.withoutResult).toBe(0)
    expect(matchResults(await readReferences(await file(references)), new Map([[3, 'cat']])).withoutResult).toBe(1)
  })

  test('refuses results without references, and knows ids of the other type', async () => {
    const read = await readReferences(await file(references))
    expect(() => matchResults(read, new Map([[9, 'bird']]))).toThrow('1 of 1 results are of images without references: 9')
    const idsAsWords = (): unknown => matchResults(read, new Map([['3', 'cat']]))
    expect(idsAsWords).toThrow(AppError)
    try {
      idsAsWords()
    } catch (error) {
      expect(toReport(error).todo).toContain('alike in both files')
    }
  })
})
