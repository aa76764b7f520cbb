/** SPICE's files and a stand-in for its Java: the same arguments and output; an image's F is the share of candidate words in its first reference. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

const program = `#!${process.execPath}
const fs = require('node:fs')
const given = process.argv.slice(2)
if (given[0] === '-version') { console.error('openjdk version "1.8.0_312"'); process.exit() }
const rows = JSON.parse(fs.readFileSync(given.find((value) => value.endsWith('input.json')), 'utf8'))
const value = (f) => ({ pr: f, re: f, f, tp: 1, fp: 0, fn: 0, numImages: 1 })
const out = rows.map(({ image_id, test, refs }) => {
  const words = test.split(' ')
  const f = words.filter((word) => refs[0].split(' ').includes(word)).length / words.length
  return { image_id, scores: { All: value(f), Object: value(f / 2) } }
})
fs.writeFileSync(given[given.indexOf('-out') + 1], JSON.stringify(out))
`

/** A folder that passes for SPICE's, and the Java to run it with (not on Windows, where a script is no program). */
export function fakeSpice(): { folder: string; java: string } {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'lib'))
  const libraries = ['stanford-corenlp-3.6.0.jar', 'stanford-corenlp-3.6.0-models.jar', 'SceneGraphParser-1.0.jar'].map((name) => join('lib', name))
  for (const name of ['spice-1.0.jar', ...libraries]) writeFileSync(join(folder, name), '')
  const java = join(folder, 'java.cjs')
  writeFileSync(java, program)
  chmodSync(java, 0o755)
  return { folder, java }
}
