/** `evaluate`, `judge` and `score` say the same of the same captions, to the last digits. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { registerEvaluate } from '../../src/cli/commands/evaluate.ts'
import { registerJudge } from '../../src/cli/commands/judge.ts'
import { registerScore } from '../../src/cli/commands/scores/score.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const shipped = resolve(import.meta.dirname, '../../models/base-captioner')
const encoders = ['--encoders', dirname(defaultEncoderFolder)]

beforeAll(async () => {
  await ensureEncoders()
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function capstan(...words: string[]): Promise<string> {
  const program = new Command('capstan')
  for (const register of [registerEvaluate, registerJudge, registerScore]) register(program)
  let out = ''
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (out += `${line}\n`))
  await program.parseAsync(['node', 'capstan', ...words])
  expect(process.exitCode ?? 0).toBe(0)
  return out
}

const report = z.object({ corpus: z.record(z.string(), z.number()), images: z.number(), provenance: z.looseObject({ tokenizer: z.string() }) })

test('the three commands agree to 1e-12 on every metric, with references that tokenizers part differently', async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  const photos = await writeCaptionedPhotos(folder, 0, 6)
  // Hyphens, clitics, numbers and abbreviations: “lower-case words without punctuation” parts these in other places than coco-caption.
  const hard = [...photos.texts.keys()].map((name) => `${name}#9\tA man's dog isn't on St. Mark's 3,000-year-old steps, etc. ...`)
  await writeFile(photos.captions, `${await readFile(photos.captions, 'utf8')}${hard.join('\n')}\n`)
  await cp(shipped, at('model'), { recursive: true })
  const data = ['--captions', photos.captions, '--images', photos.images, '--beam', '2', '--threads', '1', ...encoders]

  const said = await capstan('evaluate', '--model', at('model'), ...data, '--features', at('features'), '--json', at('e.json'), '--results', at('r.json'))
  expect(said).toContain('6 images; CIDEr by document frequencies of these images')
  await capstan('judge', at('model'), ...data, '--title', 'Six', '--json', at('j.json'))
  const lines = (await readFile(photos.captions, 'utf8')).trim().split('\n')
  const annotations = lines.map((line) => ({ image_id: line.split('#')[0], caption: line.split('\t')[1] }))
  await writeFile(at('references.json'), JSON.stringify({ annotations }))
  await capstan('score', '--references', at('references.json'), '--results', at('r.json'), '--json', at('s.json'))

  const [evaluated, judged, scored] = await Promise.all(
    ['e.json', 'j.json', 's.json'].map(async (name) => report.parse(JSON.parse(await readFile(at(name), 'utf8')))),
  )
  expect(scored.corpus['CIDEr']).toBeGreaterThan(0)
  expect(scored.provenance.tokenizer).toContain('PTB')
  for (const other of [evaluated, judged]) {
    expect(other.images).toBe(scored.images)
    expect(other.provenance.tokenizer).toBe(scored.provenance.tokenizer)
    expect(Object.keys(other.corpus)).toEqual(Object.keys(scored.corpus))
    for (const [name, value] of Object.entries(scored.corpus)) expect(Math.abs(other.corpus[name] - value)).toBeLessThanOrEqual(1e-12)
  }
}, 300_000)
