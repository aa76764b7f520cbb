import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashBytes } from '#engine/files/content-hash.ts'
import { fileOnDisk } from '#engine/files/packed/packed-path.ts'
import { openParquet } from '#engine/files/packed/parquet-file.ts'
import { photoPieces } from '#engine/files/packed/parquet-pieces.ts'
import { copyPhoto, hashPhoto, listPacked, photoState, readPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { plainPhoto, writeBareParquet, writeHuggingFaceParquet, writeTar } from '../../../support/packed-files.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('photos inside a tar file are read in place, whatever their names are', async () => {
  const folder = temporaryFolder()
  const names = ['a.jpg', 'sub/b c.jpg', `${'long/'.repeat(40)}d.jpg`, 'ねこ#%+.jpg', `${'é'.repeat(90)}.jpg`]
  for (const noPax of [true, false]) {
    const tar = join(folder, `shard-${String(noPax)}.tar`)
    const short = noPax ? names.slice(0, 2) : names
    const photos = Object.fromEntries(await Promise.all(short.map(async (name, index): Promise<[string, Buffer]> => [name, await plainPhoto(index * 20)])))
    await writeTar(tar, photos, { noPax })
    expect((await listPacked(tar)).names).toEqual(short)
    for (const name of short) expect(Buffer.from(await readPhoto(join(tar, name))), name).toEqual(photos[name])
  }
})

test('a row’s photo is read out of a Parquet file, with or without a name of its own', async () => {
  const folder = temporaryFolder()
  const photos = await Promise.all([0, 50, 100, 150, 200].map((red) => plainPhoto(red)))
  const file = join(folder, 'train.parquet')
  const paths = ['cat.jpg', null, 'data/dog.jpg', '../../bird.jpg', '..']
  writeHuggingFaceParquet(
    file,
    photos.map((bytes, index) => ({ bytes, path: paths[index], text: `caption ${index}` })),
  )
  const { names } = await listPacked(file)
  expect(names).toEqual(['0/cat.jpg', '1.jpg', '2/dog.jpg', '3/bird.jpg', '4.jpg'])
  for (const [row, name] of [...names.entries()].reverse()) expect(hashBytes(await readPhoto(join(file, name))), name).toBe(hashBytes(photos[row]))
  await expect(readPhoto(join(file, '5.jpg'))).rejects.toThrow('holds no “5.jpg”')

  const bare = join(folder, 'bare.parquet')
  writeBareParquet(
    bare,
    'jpg',
    photos.map((bytes) => ({ bytes, text: 'a caption' })),
  )
  expect(hashBytes(await readPhoto(join(bare, '3.jpg')))).toBe(hashBytes(photos[3]))
})

test('photos of a large row group are read in pieces of its pages, in any order, also where photos are there twice', async () => {
  const file = join(temporaryFolder(), 'large.parquet')
  const megabyte = (seed: number): Uint8Array => {
    const bytes = new Uint8Array(1_000_000)
    for (let index = 0, state = seed + 1; index < bytes.length; index++) bytes[index] = state = (state * 48_271) % 2_147_483_647
    return bytes
  }
  const own = Array.from({ length: 40 }, (_, index) => megabyte(index))
  const photos = [...own, own[3], null, own[39]]
  writeHuggingFaceParquet(
    file,
    photos.map((bytes, index) => ({ bytes, path: `${index}.jpg`, text: 'a' })),
    1000,
  )
  const opened = await openParquet(file)
  const pieces = await photoPieces(opened, 'image', { index: 0, first: 0 })
  await opened.close()
  expect(pieces.length).toBeGreaterThan(1)
  expect(Math.max(...pieces.map(({ bytes }) => bytes))).toBeLessThan(33e6)
  expect(pieces.reduce((sum, { rows }) => sum + rows, 0)).toBe(photos.length)
  for (const row of [0, 39, 1, 40, 42, 31])
    expect(Buffer.compare(await readPhoto(join(file, String(row))), photos[row] ?? Buffer.alloc(0)), `row ${row}`).toBe(0)
  await expect(readPhoto(join(file, '41'))).rejects.toThrow('holds no “41”')
  await expect(readPhoto(join(file, '43'))).rejects.toThrow('holds no “43”')
})

test('a folder called like a tar file is a folder, and a tar file behind it is found', async () => {
  const folder = temporaryFolder()
  const photo = await plainPhoto(1)
  mkdirSync(join(folder, 'set.tar'))
  writeFileSync(join(folder, 'set.tar', 'a.jpg'), photo)
  await writeTar(join(folder, 'set.tar', 'inner.tar'), { 'b.jpg': photo })
  expect(Buffer.from(await readPhoto(join(folder, 'set.tar', 'a.jpg')))).toEqual(photo)
  expect(Buffer.from(await readPhoto(join(folder, 'set.tar', 'inner.tar', 'b.jpg')))).toEqual(photo)
  expect(fileOnDisk(join(folder, 'set.tar', 'inner.tar', 'b.jpg'))).toBe(join(folder, 'set.tar', 'inner.tar'))
  await expect(photoState(join(folder, 'gone.tar', 'b.jpg'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a tar file that is read again after it was replaced gives what is in it now', async () => {
  const tar = join(temporaryFolder(), 'shard.tar')
  await writeTar(tar, { 'a.jpg': 'first' })
  expect(Buffer.from(await readPhoto(join(tar, 'a.jpg'))).toString()).toBe('first')
  await writeTar(tar, { 'before.txt': 'x'.repeat(2000), 'a.jpg': 'second one' })
  expect(Buffer.from(await readPhoto(join(tar, 'a.jpg'))).toString()).toBe('second one')
  await expect(readPhoto(join(tar, 'b.jpg'))).rejects.toThrow('holds no “b.jpg”')
})

test('a tar file that is cut, or is none, is told in one sentence', async () => {
  const folder = temporaryFolder()
  const cut = join(folder, 'cut.tar')
  await writeTar(cut, { 'a.jpg': 'x'.repeat(5000) })
  truncateSync(cut, 3000)
  await expect(readPhoto(join(cut, 'a.jpg'))).rejects.toThrow('cut.tar: it ends in the middle of “a.jpg”.')
  const none = join(folder, 'none.tar')
  writeFileSync(none, 'no tar file '.repeat(100))
  await expect(readPhoto(join(none, 'a.jpg'))).rejects.toThrow('none.tar: it is no tar file.')
  writeFileSync(join(folder, 'none.parquet'), 'PAR1 but no more')
  await expect(readPhoto(join(folder, 'none.parquet', '0.jpg'))).rejects.toThrow('none.parquet is no whole Parquet file')
  writeFileSync(join(folder, 'empty.tar'), '')
  expect((await listPacked(join(folder, 'empty.tar'))).names).toEqual([])
  const second = join(folder, 'second.tar')
  await writeTar(second, { 'a.jpg': 'x' })
  appendFileSync(second, 'what comes after the end is not read')
  expect((await listPacked(second)).names).toEqual(['a.jpg'])
})

test('names that lead out of a tar file, links and names given twice are told', async () => {
  const folder = temporaryFolder()
  const tar = join(folder, 'hostile.tar')
  writeFileSync(
    tar,
    Buffer.concat([
      header('../out.jpg', 0),
      header('/etc/x.jpg', 0),
      header('./fine.jpg', 0),
      header('fine.jpg', 0),
      header('link.jpg', 0, '2', '/etc/passwd'),
      Buffer.alloc(1024),
    ]),
  )
  const { names, leftOut } = await listPacked(tar)
  expect(names).toEqual(['fine.jpg'])
  expect(leftOut.map(({ name }) => name)).toEqual(['../out.jpg', '/etc/x.jpg', 'fine.jpg', 'link.jpg'])
})

test('a packed photo is hashed, copied and placed as a file is', async () => {
  const folder = temporaryFolder()
  const photo = await plainPhoto(9)
  const tar = join(folder, 'shard.tar')
  await writeTar(tar, { 'a.jpg': photo })
  expect(await hashPhoto(join(tar, 'a.jpg'))).toBe(hashBytes(photo))
  await copyPhoto(join(tar, 'a.jpg'), join(folder, 'copy.jpg'))
  expect(readFileSync(join(folder, 'copy.jpg'))).toEqual(photo)
  await expect(copyPhoto(join(tar, 'a.jpg'), join(folder, 'copy.jpg'))).rejects.toThrow('EEXIST')
  expect(await photoState(join(tar, 'a.jpg'))).toBe(await photoState(tar))
  const root = join(folder, 'root')
  mkdirSync(root)
  symlinkSync(tar, join(root, 'link.tar'))
  await expect(realPhotoInside(root, join(root, 'link.tar', 'a.jpg'))).rejects.toThrow('leads out of its folder')
  expect(existsSync(await realPhotoInside(folder, tar))).toBe(true)
})

/** A header of POSIX ustar; `tar` itself refuses to write such names. */
function header(name: string, size: number, type = '0', link = ''): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0)
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
