/** Small inputs that failed once, each with what was wanted of it, through the command line (../shared/cases). */
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const cases = sharedData === undefined ? '' : resolve(sharedData, '../cases')
const root = resolve(import.meta.dirname, '../..')
const model = join(root, 'models', 'base-captioner')
const at = (...names: string[]): string => join(cases, ...names)

interface Said {
  code: number
  /** Standard output, then standard error. */
  text: string
}

function capstan(...words: string[]): Promise<Said> {
  return new Promise((done) => {
    execFile(process.execPath, [join(root, 'src/cli/capstan.ts'), ...words], { cwd: root, maxBuffer: 1e8 }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), text: `${out}\n${err}` })
    })
  })
}

const tensors = z.record(z.string(), z.object({ shape: z.array(z.number()), data_offsets: z.tuple([z.number(), z.number()]) }))

/** The boxes of each photo, left, top, right, bottom. */
function boxesOf(file: string): Record<string, number[]> {
  const bytes = readFileSync(file)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const { __metadata__: _, ...rest } = z.record(z.string(), z.unknown()).parse(JSON.parse(bytes.subarray(8, start).toString('utf8')))
  const boxes = Object.entries(tensors.parse(rest)).filter(([name]) => name.endsWith('.boxes'))
  return Object.fromEntries(
    boxes.map(
      ([
        name,
        {
          data_offsets: [first, end],
        },
      ]) => [name, Array.from({ length: (end - first) / 4 }, (_, index) => bytes.readFloatLE(start + first + 4 * index))],
    ),
  )
}

describe.skipIf(cases === '' || !existsSync(cases))(`inputs that failed once (${withoutSharedData})`, () => {
  test('1: boxes are of the upright photo, whatever size the JSON says and however folders stand in names; photos of one name are two', async () => {
    const folder = temporaryFolder()
    const regions = async (out: string, ...words: string[]): Promise<Record<string, number[]>> => {
      const said = await capstan('regions', ...words, '--out', join(folder, out))
      expect(said.code, said.text).toBe(0)
      return boxesOf(join(folder, out))
    }
    const turned = await regions('a.st', at('1-regions', '6.jpg'), '--instances', at('1-regions', 'exif-stored-size.json'))
    expect(turned['6.jpg.boxes']).toEqual([0, 0.5, 1, 1])
    const resized = await regions('b.st', at('1-regions', '1.jpg'), '--instances', at('1-regions', 'resized.json'))
    expect(resized['1.jpg.boxes']).toEqual([0.5, 0, 1, 1])
    expect(Object.keys(await regions('c.st', at('1-regions', 'a'), at('1-regions', 'b'))).sort()).toEqual(['a/1.jpg.boxes', 'b/1.jpg.boxes'])
    expect(Object.keys(await regions('d.st', at('1-regions', '1.jpg'), '--instances', at('1-regions', 'folder-in-name.json')))).toEqual(['1.jpg.boxes'])
  })

  test('2: results and listing say the same id of a photo, --ids are found by path, and sub-folders are captioned', async () => {
    const folder = temporaryFolder()
    const results = z.array(z.object({ image_id: z.number(), file_name: z.string() }))
    const caption = async (name: string, ...words: string[]) => {
      const said = await capstan('caption', ...words, '--model', model, '--out', join(folder, name))
      const rows = results.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      const listing = readFileSync(join(folder, name.replace('.json', '.txt')), 'utf8')
        .trim()
        .split('\n')
      return { ...said, ids: rows.map(({ image_id: id, file_name: photo }) => [id, photo]), listed: listing.map((line) => line.split('\t').slice(0, 2)) }
    }
    const failing = await caption('a.json', at('2-ids'))
    expect(failing.ids).toEqual([
      [2, 'bear.jpg'],
      [3, 'room.jpg'],
    ])
    expect(failing.listed).toEqual(failing.ids.map(([id, photo]) => [String(id), photo]))
    expect(failing.text).toContain('image ids are 1, 2, 3, … in the order of the photos given')
    const byPath = await caption('b.json', at('1-regions', 'a'), at('1-regions', 'b'), '--ids', at('2-ids', 'sub.json'))
    expect(byPath.code, byPath.text).toBe(0)
    expect(byPath.ids.map(([, photo]) => photo).sort()).toEqual(['a/1.jpg', 'b/1.jpg'])
    expect(new Set(byPath.ids.map(([id]) => id)).size).toBe(2)
    const below = await caption('c.json', at('1-regions'))
    expect(below.ids.map(([, photo]) => photo).sort()).toEqual(['1.jpg', '6.jpg', 'a/1.jpg', 'b/1.jpg'])
  })

  test('3: two sets with one file name come into one workspace', async () => {
    const workspace = join(temporaryFolder(), 'w')
    for (const set of ['A', 'B'])
      expect((await capstan('import', workspace, '--coco', at('3-export', `${set}.json`), '--images', at('3-export', set))).text).toContain('1 new, 0 known')
  })

  test('4: a folder of several kinds of files and of links brings them, or says by name which not', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'mixed'))
    mkdirSync(join(folder, 'links', 'real'), { recursive: true })
    for (const name of ['a.jpg', 'b.jfif', 'c.jpe', 'j.bmp']) copyFileSync(at('4-folder', 'mixed', name), join(folder, 'mixed', name))
    symlinkSync('a.jpg', join(folder, 'mixed', 'd.jpg'))
    const mixed = await capstan('import', join(folder, 'w1'), '--folder', join(folder, 'mixed'))
    expect(mixed.text).toContain('Imported 4 images; 1 cannot be read')
    expect(mixed.text).toMatch(/left out \S+j\.bmp: BMP photos cannot be decoded here/)
    for (const name of ['1.jpg', '2.jpg']) {
      copyFileSync(at('4-folder', 'real', name), join(folder, 'links', 'real', name))
      symlinkSync(join('real', name), join(folder, 'links', name))
    }
    expect((await capstan('import', join(folder, 'w2'), '--folder', join(folder, 'links'))).text).toContain('4 new')
  })

  test('6: a photo in both lists, and an empty list, are refused before the first step', async () => {
    const folder = temporaryFolder()
    const train = (dev: string): Promise<Said> => {
      const lists = ['--train-list', at('6-lists', 'train.txt'), '--dev-list', at('6-lists', dev)]
      const places = ['--out', join(folder, dev), '--checkpoints', join(folder, `c-${dev}`), '--features', join(folder, 'f')]
      return capstan(
        'train',
        '--captions',
        at('6-lists', 'caps.token.txt'),
        '--images',
        join(sharedData ?? '', 'flickr8k', 'images'),
        ...lists,
        '--epochs',
        '1',
        ...places,
      )
    }
    expect(await train('dev-overlaps.txt')).toMatchObject({
      code: 1,
      text: expect.stringContaining('both in the list to learn from and in the one to judge by') as string,
    })
    expect(await train('empty.txt')).toMatchObject({ code: 1, text: expect.stringContaining('There is no captioned photo to judge by') as string })
  })

  test('7: what open_clip_config.json says of photos is used', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'oc'))
    copyFileSync(at('7-open-clip', 'open_clip_config.json'), join(folder, 'oc', 'open_clip_config.json'))
    copyFileSync(join(sharedData ?? '', 'clip', 'vit-tiny', 'openai.safetensors'), join(folder, 'oc', 'open_clip_model.safetensors'))
    const said = await capstan('encoder', 'add', join(folder, 'oc'), '--name', 'oc', '--encoders', join(folder, 'encoders'))
    expect(said.text).toContain('squash to 32×32, bilinear')
    expect(said.text).toContain('mean 0.5 0.5 0.5, deviation 0.5 0.5 0.5')
  })

  test.each([
    [
      'one caption of an image that is not listed',
      ['--coco', 'stray.json', 'img'],
      '1 new, 0 known, 1 reference',
      'stray.json, annotations.1.image_id: there is no image 2',
    ],
    ['two ids of one file', ['--coco', 'two-ids.json', 'img'], '1 photo has several ids, all of them known: 2 new, 0 known, 2 references', ''],
    ['ids as strings', ['--coco', 'string-ids.json', 'img'], '1 new, 0 known, 1 reference', ''],
    ['Karpathy’s JSON', ['--coco', 'karpathy.json', 'img'], '1 new, 0 known, 2 references', ''],
    ['separators of Windows', ['--coco', 'windows.json', '.'], '1 new, 0 known, 1 reference', ''],
    ['Kaggle’s captions.txt', ['--flickr8k', 'captions.txt', 'img'], '2 new, 0 known, 2 references', ''],
  ] as const)('8: %s', async (_, [option, file, images], brings, leftOut) => {
    const said = await capstan('import', join(temporaryFolder(), 'w'), option, at('8-import', file), '--images', at('8-import', images))
    expect(said.code, said.text).toBe(0)
    expect(said.text).toContain(brings)
    expect(said.text).toContain(leftOut)
  })

  test('8: a JPEG that was cut short is told at import', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'cut'))
    copyFileSync(at('8-import', 'cut.jpg'), join(folder, 'cut', 'cut.jpg'))
    copyFileSync(at('8-import', 'img', '1.jpg'), join(folder, 'cut', '1.jpg'))
    expect((await capstan('import', join(folder, 'w'), '--folder', join(folder, 'cut'))).text).toMatch(/cut\.jpg: The photo is damaged/)
  })

  test('9: CIDEr of one image is 0 and says what cures it; an evaluation says how many photos it scored', async () => {
    const score = await capstan('score', '--references', at('9-score', 'refs1.json'), '--results', at('9-score', 'res1.json'), '--metrics', 'CIDEr,ROUGE_L')
    expect(score.text).toMatch(/CIDEr\s+0\.0000/)
    expect(score.text).toContain('Give a stored table with --document-frequency')
    const evaluated = await capstan('evaluate', '--model', model, '--captions', at('9-score', 'one-of-two.json'), '--images', at('8-import', 'img'))
    expect(evaluated.text).toContain('1 of 2 images have what they are scored by')
  })
})
