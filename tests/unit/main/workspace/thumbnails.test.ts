import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createPictureMaker, type ImagePlace, type PictureMaker, type PictureOptions } from '../../../../src/main/workspace/thumbnails.ts'
import { hashBytes } from '#engine/files/content-hash.ts'
import { toReport } from '#shared/errors.ts'
import type { ReplacedPhoto } from '#shared/jobs.ts'
import { forkNode } from '../../../support/fork-node.ts'
import { drawPicture, drawPictures } from '../../../support/pictures.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const repository = resolve(import.meta.dirname, '../../../..')

function maker(entry: string, options: Partial<PictureOptions> = {}): PictureMaker {
  const pictures = createPictureMaker(temporaryFolder(), () => forkNode(join(repository, entry)), { replaced: () => undefined, ...options })
  onTestFinished(() => pictures.close())
  return pictures
}

const settled = (picture: Promise<unknown>): Promise<string> =>
  picture.then(
    () => 'shown',
    (error: unknown) => toReport(error).code,
  )

test('pipes, devices, links that lead out and drawings among the photos are refused at once, and the others are shown', { timeout: 30_000 }, async () => {
  const root = temporaryFolder()
  const [photo] = await drawPictures(root, 1)
  const pictures = maker('src/main/workers/thumbnails.ts')
  const place = (path: string): ImagePlace => ({ path, root, fileName: path, contentHash: '' })
  const named = (name: string): string => join(root, name)
  for (let index = 0; index < 8; index++) execFileSync('mkfifo', [named(`pipe${index}.jpg`)])
  symlinkSync('/dev/zero', named('zero.jpg'))
  symlinkSync('/etc/hostname', named('out.jpg'))
  symlinkSync(photo, named('inside.jpg'))
  mkdirSync(named('folder.jpg'))
  writeFileSync(named('drawing.png'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  const began = performance.now()
  const pipes = Array.from({ length: 8 }, (_, index) => settled(pictures.make(place(named(`pipe${index}.jpg`)), 100 + index, 'thumbnail')))
  expect(await settled(pictures.make(place(photo), 1, 'thumbnail'))).toBe('shown')
  expect(await settled(pictures.make(place(named('inside.jpg')), 2, 'displayable'))).toBe('shown')
  expect(await Promise.all(pipes)).toEqual(Array.from({ length: 8 }, () => 'bad-input'))
  for (const kind of ['displayable', 'thumbnail'] as const) {
    expect(await settled(pictures.make(place(named('zero.jpg')), 3, kind))).toBe('not-permitted')
    expect(await settled(pictures.make(place(named('out.jpg')), 4, kind))).toBe('not-permitted')
    expect(await settled(pictures.make(place(named('folder.jpg')), 5, kind))).toBe('bad-input')
    expect(await settled(pictures.make(place(named('drawing.png')), 6, kind))).toBe('corrupt')
    expect(await settled(pictures.make(place(named('gone.jpg')), 7, kind))).toBe('not-found')
  }
  expect(performance.now() - began).toBeLessThan(15_000)
})

test('photos of a dead share do not answer; those of other folders are shown, and closing waits for nobody', { timeout: 30_000 }, async () => {
  const pictures = maker('tests/support/workers/dead-share.ts', { idle: 60_000, answersWithin: 2000, pause: 60_000 })
  expect(await settled(pictures.make({ path: '/good/0.jpg', root: '/good', fileName: '0.jpg', contentHash: '' }, 1, 'thumbnail'))).toBe('shown')
  const dead = Array.from({ length: 8 }, (_, index) =>
    settled(pictures.make({ path: `/dead/${index}.jpg`, root: '/dead', fileName: '', contentHash: '' }, 10 + index, 'thumbnail')),
  )
  const good = Array.from({ length: 8 }, (_, index) =>
    settled(pictures.make({ path: `/good/${index}.jpg`, root: '/good', fileName: '', contentHash: '' }, 30 + index, 'thumbnail')),
  )
  expect(await Promise.all(good)).toEqual(Array.from({ length: 8 }, () => 'shown'))
  expect(await Promise.all(dead)).toEqual(Array.from({ length: 8 }, () => 'unavailable'))
  const began = performance.now()
  await pictures.close()
  expect(performance.now() - began).toBeLessThan(3000)
  expect(existsSync('/dead')).toBe(false)
})

test('a photo replaced under its name is told by its content, whatever its time says, and its small picture is made anew', { timeout: 30_000 }, async () => {
  const root = temporaryFolder()
  const [path] = await drawPictures(root, 1)
  const told: ReplacedPhoto[] = []
  const pictures = maker('src/main/workers/thumbnails.ts', { replaced: (photo) => void told.push(photo) })
  const place = (contentHash: string): ImagePlace => ({ path, root, fileName: 'a.jpg', contentHash })
  const imported = hashBytes(readFileSync(path))
  const before = Buffer.from((await pictures.make(place(imported), 1, 'thumbnail')).bytes)
  await pictures.look(place(imported), 1)
  expect(told).toEqual([])

  const { atime, mtime } = statSync(path)
  const other = await drawPicture(7, 200, 300)
  writeFileSync(path, other)
  utimesSync(path, atime, new Date(mtime.getTime() - 86_400_000)) // older than the small picture
  const found = { imageId: 1, contentHash: hashBytes(other), width: 200, height: 300 }
  expect(Buffer.from((await pictures.make(place(imported), 1, 'thumbnail')).bytes).equals(before)).toBe(false)
  await pictures.make(place(imported), 1, 'displayable')
  await pictures.look(place(imported), 1)
  expect(told).toEqual([found, found, found])
  // Once it is known, it is told no more.
  await pictures.make(place(found.contentHash), 1, 'thumbnail')
  await pictures.look(place(found.contentHash), 1)
  expect(told).toHaveLength(3)

  // Half of a photo is one that is being written.
  writeFileSync(path, other.subarray(0, other.length / 2))
  await pictures.look(place(found.contentHash), 1)
  expect(told).toHaveLength(3)
})
