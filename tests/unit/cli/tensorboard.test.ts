import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, expect, test, vi } from 'vitest'
import { registerTensorboard } from '../../../src/cli/commands/tensorboard.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

const points = [
  { kind: 'step', step: 50, epoch: 1, loss: 2, learningRate: 0.001, tokensPerSecond: 900 },
  { kind: 'evaluation', step: 60, epoch: 1, scores: { CIDEr: 0.5 } },
]

async function capstan(...words: string[]): Promise<{ out: string; err: string }> {
  const program = new Command('capstan')
  registerTensorboard(program)
  let [out, err] = ['', '']
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (out += `${line}\n`))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += String(text)) !== '')
  await program.parseAsync(['node', 'capstan', 'tensorboard', ...words])
  return { out, err }
}

test('every cell of an experiment becomes a run of its own; what is there already stays', async () => {
  const folder = temporaryFolder()
  for (const cell of ['grid-a-1', 'grid-b-1']) {
    const home = join(folder, 'experiment/cells', cell, cell === 'grid-b-1' ? 'checkpoints' : '')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'curve.jsonl'), points.map((point) => `${JSON.stringify(point)}\n`).join(''))
  }
  const logs = join(folder, 'logs')
  const { out } = await capstan(join(folder, 'experiment'), logs)
  expect(out.match(/2 points/g)).toHaveLength(2)
  expect(readdirSync(logs)).toEqual(['grid-a-1', 'grid-b-1'])
  const [file] = readdirSync(join(logs, 'grid-b-1'))
  expect(file).toMatch(/^events\.out\.tfevents\.\d+\.capstan$/)
  expect(readFileSync(join(logs, 'grid-b-1', file), 'latin1')).toContain('dev/CIDEr')
  expect((await capstan(join(folder, 'experiment'), logs)).err).toContain('is there already')
})

test('a folder without a curve is told', async () => {
  expect((await capstan(temporaryFolder(), 'logs')).err).toContain('There is no curve of a training run')
})
