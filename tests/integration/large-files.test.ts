/** Files of 100,000 lines stream: the whole process stays below 300 MB and tells how far it is. `npm run bench -- import` measures every format. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plainPhoto } from '../support/packed-files.ts'
import { peakOf } from '../support/peak-memory.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const photos = 250
const lines = 100_000
const most = 300 // MB

test('100,000 captions come in as references and as candidates, and go out as Parquet', async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  mkdirSync(at('photos'))
  for (let index = 0; index < photos; index++) writeFileSync(join(at('photos'), `${index}.jpg`), await plainPhoto(index))
  const file = openSync(at('captions.csv'), 'w')
  writeSync(file, 'image,caption\n')
  const things = ['dog', 'cat', 'bus', 'horse', 'kite', 'red car', 'boat', 'child', 'bird', 'tree']
  for (let line = 0; line < lines; line++)
    writeSync(file, `${line % photos}.jpg,a ${things[line % 10]} beside a ${things[Math.floor(line / 10) % 10]} on day ${Math.floor(line / photos)}\n`)
  closeSync(file)

  const told = (said: string, title: string): void => {
    const parts = [...said.matchAll(new RegExp(`^${title} (\\d+)/(\\d+)`, 'gm'))].map(([, done, total]) => Number(done) / Number(total))
    expect(parts.filter((part) => part > 0 && part < 1).length).toBeGreaterThan(4)
  }
  const references = await peakOf(['import', at('w'), '--captions', at('captions.csv'), '--images', at('photos')])
  expect(references.peakMb).toBeLessThan(most)
  told(references.said, 'Reading the source')
  expect(references.said).toContain(`Writing 0/${photos}`)
  const candidates = await peakOf(['import', at('w'), '--results', at('captions.csv'), '--model-name', 'other'])
  expect(candidates.peakMb).toBeLessThan(most)
  const exported = await peakOf(['export', at('w'), at('out.parquet'), '--what', 'references', '--format', 'parquet', '--with', 'author,time,before,boxes'])
  expect(exported.peakMb).toBeLessThan(most)
  expect(readFileSync(at('out.parquet')).subarray(0, 4).toString()).toBe('PAR1')
}, 600_000)
