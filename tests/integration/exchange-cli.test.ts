/** Captions in and out by the command line, as README says it: previewed, imported, imported again, corrected elsewhere, and written for a part of the images. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { plainPhoto } from '../support/packed-files.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = resolve(import.meta.dirname, '../..')

test('another captioner’s file comes in once, corrections and drafts beside it, and a part of it goes out', async () => {
  const folder = temporaryFolder()
  const at = (...names: string[]): string => join(folder, ...names)
  const capstan = (...words: string[]): Promise<{ code: number; text: string }> =>
    new Promise((done) => {
      const env = { ...process.env, CAPSTAN_USER_DATA: at('person') }
      execFile(process.execPath, [join(root, 'src/cli/capstan.ts'), ...words], { cwd: folder, env }, (error, out, err) =>
        done({ code: error === null ? 0 : Number(error.code), text: `${out}${err}` }),
      )
    })
  mkdirSync(at('photos', 'in'), { recursive: true })
  for (const [index, name] of ['a.jpg', 'b.jpg', 'in/a.jpg'].entries()) writeFileSync(at('photos', name), await plainPhoto(40 * index))
  expect((await capstan('import', 'w', '--folder', 'photos')).text).toContain('Imported 3 images: 3 new, 0 known')

  const rows = ['image,caption', 'in/a.jpg,a red field', 'b.jpg,a dim field', 'nobody.jpg,nothing']
  writeFileSync(at('other.csv'), `${rows.join('\n')}\n`)
  const results = ['import', 'w', '--results', 'other.csv', '--model-name', 'OFA', '--licence', 'Apache-2.0']
  const preview = await capstan(...results, '--preview')
  expect(preview.text).toContain('a table (CSV or TSV) with named columns: 2 photos, 2 captions; OFA, version 1 (new): 2 photos')
  expect(preview.text).toContain('left out other.csv, line 4: No image is called “nobody.jpg”.')
  expect(preview.text).toContain('Nothing was written.')
  expect((await capstan(...results)).text).toContain('Imported 2 captions of 2 images by OFA; 1 left out')
  expect((await capstan(...results)).text).toContain('This file was imported before: nothing has changed')
  writeFileSync(at('other.csv'), Buffer.from(`${rows.join('\n')}\na.jpg,a café\n`, 'latin1'))
  expect((await capstan(...results)).text).toMatch(/it is not UTF-8 text; it looks like Windows-1252.*--encoding windows-1252/s)
  expect((await capstan(...results, '--encoding', 'windows-1252', '--preview')).text).toContain('OFA, version 2 (newer): 3 photos')

  writeFileSync(at('written.jsonl'), '{"file_name": "b.jpg", "text": "a dark field", "author": "Ada"}\n')
  expect((await capstan('import', 'w', '--corrections', 'written.jsonl')).text).toContain('Imported 1 correction of 1 image')
  writeFileSync(at('drafts.tsv'), 'image\tcaption\na.jpg\ta café\n')
  expect((await capstan('import', 'w', '--drafts', 'drafts.tsv')).text).toContain('Imported 1 draft of 1 image')
  const exported = await capstan('export', 'w', 'out.csv', '--format', 'csv', '--with', 'author,state', '--state', 'corrected')
  expect(exported.text).toContain('Wrote 1 caption to')
  expect(readFileSync(at('out.csv'), 'utf8')).toBe('image_id,file_name,split,caption,author,state\n2,b.jpg,,a dark field,Ada,corrected\n')
  expect((await capstan('export', 'w', 'out.csv')).text).toContain('is there already')
  expect(existsSync(at('w', 'workspace.db'))).toBe(true)
}, 240_000)
