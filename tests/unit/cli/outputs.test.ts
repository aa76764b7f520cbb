/** Every command that writes: nothing that is there goes without --replace, and nothing of a workspace, of its own inputs or of a stranger's folder with it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { registerCaption } from '../../../src/cli/commands/caption.ts'
import { registerClipScore } from '../../../src/cli/commands/clip-score.ts'
import { registerAgreement } from '../../../src/cli/commands/scores/agreement.ts'
import { registerCompare } from '../../../src/cli/commands/scores/compare.ts'
import { registerDocumentFrequency } from '../../../src/cli/commands/document-frequency.ts'
import { registerEvaluate } from '../../../src/cli/commands/evaluate.ts'
import { registerExportOnnx } from '../../../src/cli/commands/export-onnx.ts'
import { registerFineTune } from '../../../src/cli/commands/fine-tune.ts'
import { registerJudge } from '../../../src/cli/commands/judge.ts'
import { registerRegions } from '../../../src/cli/commands/regions.ts'
import { registerScenes } from '../../../src/cli/commands/scenes.ts'
import { registerScore } from '../../../src/cli/commands/scores/score.ts'
import { registerTrain } from '../../../src/cli/commands/train.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = temporaryFolder()
  for (const name of ['workspace', 'photos', 'stranger']) mkdirSync(at(name))
  for (const name of ['references.json', 'results.json', 'workspace/workspace.db', 'stranger/diary.txt']) writeFileSync(at(name), name)
  writeFileSync(at('photos/1.jpg'), 'photo')
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function capstan(...words: string[]): Promise<{ err: string; exitCode: number | string | null | undefined }> {
  const program = new Command('capstan')
  const registers = [
    registerAgreement,
    registerCaption,
    registerClipScore,
    registerCompare,
    registerDocumentFrequency,
    registerEvaluate,
    registerExportOnnx,
    registerFineTune,
  ]
  for (const register of [...registers, registerJudge, registerRegions, registerScenes, registerScore, registerTrain]) register(program)
  let err = ''
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += String(text)) !== '')
  await program.parseAsync(['node', 'capstan', ...words])
  return { err, exitCode: process.exitCode }
}

/** Each command with a place for its output. What it reads is no such thing: places are asked about first. */
const references = (): string[] => ['--references', at('references.json')]
const results = (): string[] => ['--results', at('results.json')]
const set = (): string[] => ['--captions', at('references.json'), '--images', at('photos')]
const files: Record<string, (out: string) => string[]> = {
  'score --json': (out) => ['score', ...references(), ...results(), '--json', out],
  'score --per-image': (out) => ['score', ...references(), ...results(), '--per-image', out],
  'compare --json': (out) => ['compare', ...references(), '--a', at('results.json'), '--b', at('results.json'), '--json', out],
  'compare --per-image': (out) => ['compare', ...references(), at('results.json'), at('results.json'), '--per-image', out],
  'agreement --json': (out) => ['agreement', at('results.json'), ...references(), '--json', out],
  'clip-score --per-image': (out) => ['clip-score', at('photos'), ...references(), ...results(), '--encoder', 'none', '--per-image', out],
  'judge --json': (out) => ['judge', at('model'), ...set(), '--title', 'A set', '--json', out],
  'evaluate --json': (out) => ['evaluate', '--model', at('model'), ...set(), '--json', out],
  'evaluate --results': (out) => ['evaluate', '--model', at('model'), ...set(), '--results', out],
  'caption --out': (out) => ['caption', at('photos'), '--model', at('model'), '--out', out],
  'regions --out': (out) => ['regions', at('photos'), '--out', out],
  'document-frequency --out': (out) => ['document-frequency', ...references(), '--out', out],
}

test.each(Object.entries(files))('%s goes over no file unless told, and never into a workspace', async (_name, words) => {
  writeFileSync(at('taken.json'), '[{"image_id": 1, "caption": "of yesterday"}]')
  const refused = await capstan(...words(at('taken.json')))
  expect(refused.err).toContain('taken.json is there already')
  expect(refused.exitCode).toBe(1)
  expect(readFileSync(at('taken.json'), 'utf8')).toContain('of yesterday')
  const forbidden = await capstan(...words(at('workspace/workspace.db')), '--replace')
  expect(forbidden.err).toContain('which writes its own files alone')
  expect(readFileSync(at('workspace/workspace.db'), 'utf8')).toBe('workspace/workspace.db')
})

test.each(['score --json', 'compare --json', 'clip-score --per-image', 'judge --json', 'evaluate --results', 'document-frequency --out'])(
  '%s goes over nothing that it reads, told or not',
  async (name) => {
    const { err } = await capstan(...files[name](at('references.json')), '--replace')
    expect(err).toContain('is read by the same work')
    expect(readFileSync(at('references.json'), 'utf8')).toBe('references.json')
  },
)

test('captions never go over a photo that is captioned', async () => {
  const { err } = await capstan(...files['caption --out'](at('photos/1.jpg')), '--replace')
  expect(err).toContain('is read by the same work')
  expect(readFileSync(at('photos/1.jpg'), 'utf8')).toBe('photo')
})

test('two outputs of one command are two files', async () => {
  const { err } = await capstan(...files['evaluate --json'](at('one.json')), '--results', at('one.json'))
  expect(err).toContain('Two outputs would go to')
})

const packages: Record<string, (out: string) => string[]> = {
  train: (out) => ['train', ...set(), '--train-list', at('list'), '--dev-list', at('list'), '--out', out],
  'fine-tune': (out) => ['fine-tune', '--model', at('model'), '--corrections', at('references.json'), '--images', at('photos'), '--out', out],
}
test.each(Object.entries(packages))('%s replaces a package only when told, and never another folder or one of a workspace', async (_name, words) => {
  const { err } = await capstan(...words(at('stranger')), '--replace')
  expect(err).toContain('is there and is no package')
  expect(readFileSync(at('stranger/diary.txt'), 'utf8')).toBe('stranger/diary.txt')
  expect((await capstan(...words(at('workspace/models/mine')), '--replace')).err).toContain('lies in the workspace')
  mkdirSync(at('package'))
  writeFileSync(at('package/manifest.json'), '{}')
  expect((await capstan(...words(at('package')))).err).toContain('There is already a package')
})

test('scenes and an ONNX export go over nothing', async () => {
  writeFileSync(at('captions.json'), 'mine')
  expect((await capstan('scenes', folder, '--count', '1')).err).toContain('captions.json is there already')
  expect(readFileSync(at('captions.json'), 'utf8')).toBe('mine')
  expect((await capstan('export-onnx', at('model'), at('workspace/models/onnx'))).err).toContain('which writes its own files alone')
})
