/** Photos of every kind come in, or are counted and named as left out in words that say what to do. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { drawnAvif, drawnHeic } from '../../../../support/drawn-photos.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

/** A BMP of one pixel. */
function bmp(): Buffer {
  const bytes = Buffer.alloc(58)
  bytes.write('BM')
  for (const [offset, value] of [
    [2, 58],
    [10, 54],
    [14, 40],
    [18, 1],
    [22, 1],
    [26, 0x0018_0001],
    [34, 4],
  ])
    bytes.writeUInt32LE(value, offset)
  return bytes
}

test('AVIF comes in; HEIC and BMP, which are not decoded here, and photos that are cut are left out by name, each with a reason of one line', async () => {
  const folder = join(temporaryFolder(), 'photos')
  mkdirSync(folder)
  const plain = sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
  const jpeg = await plain.jpeg().toBuffer()
  const files = {
    'a.avif': drawnAvif,
    'b.avif': await plain.avif().toBuffer(),
    'c.jfif': jpeg,
    'd.jpe': jpeg,
    'e.heic': drawnHeic,
    'f.heif': drawnHeic,
    'g.bmp': bmp(),
    'h.avif': drawnAvif.subarray(0, 400),
    'i.heic': drawnHeic.subarray(0, 60),
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  const workspace = await testWorkspace()
  const { id } = await workspace.call('imports.start', { kind: 'folder', folder })
  const job = await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  expect(job!.message).toBe('Imported 4 images; 5 cannot be read')
  const known = workspace.reader.prepare('SELECT file_name AS name, width, height FROM image ORDER BY file_name').all()
  expect(known).toEqual(['a.avif', 'b.avif', 'c.jfif', 'd.jpe'].map((name) => ({ name, width: 64, height: 48 })))
  const failures = await workspace.call('jobs.failures', { jobId: id })
  const convert = 'Convert it to JPEG or PNG, or leave it out.'
  const unreadable = expect.stringMatching(/^The file is not an image that can be read: heif: [^\n]+$/) as string
  expect(failures).toEqual([
    { subject: join(folder, 'e.heic'), reason: `HEIC photos cannot be decoded here. ${convert}` },
    { subject: join(folder, 'f.heif'), reason: `HEIC photos cannot be decoded here. ${convert}` },
    { subject: join(folder, 'g.bmp'), reason: `BMP photos cannot be decoded here. ${convert}` },
    { subject: join(folder, 'h.avif'), reason: unreadable },
    { subject: join(folder, 'i.heic'), reason: unreadable },
  ])
})
