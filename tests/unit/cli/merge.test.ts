/** `capstan merge` over shards that somebody edited: refused in words, with the photo that is meant. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, expect, test, vi } from 'vitest'
import { registerMerge } from '../../../src/cli/commands/large-sets/merge.ts'
import { openShardWriter } from '#engine/shards/shard-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function merged(made: unknown): Promise<{ said: string; out: string }> {
  const folder = temporaryFolder()
  const [file, out] = [join(folder, 'shard.jsonl'), join(folder, 'captions.json')]
  const writer = await openShardWriter(file, { format: 'capstan-shard', version: 1, work: 'caption', shard: { index: 1, count: 1 }, settings: {}, items: 1 })
  writer.append([{ place: 0, made: { id: 7, name: 'a.jpg', text: 'a dog', logProbability: -1 } }])
  await writer.finish()
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/"made":.*\}\}/, `"made":${JSON.stringify(made)}}`))
  let said = ''
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stderr, 'write').mockImplementation((told) => (said += String(told)) !== '')
  const program = new Command('capstan')
  registerMerge(program)
  await program.parseAsync(['node', 'capstan', 'merge', file, '--out', out])
  return { said, out }
}

test('a row that is whole is merged', async () => {
  const { said, out } = await merged({ id: 7, name: 'a.jpg', text: 'a cat', logProbability: -1 })
  expect(said).toBe('')
  expect(readFileSync(out, 'utf8')).toContain('a cat')
})

test.each([
  [{ id: 7, name: 'a.jpg', text: 'a dog', logProbability: 'often' }, 'The row of photo 1 is no caption: logProbability: '],
  [{ id: 7, name: 'a.jpg', text: 'a dog', logProbability: -1, mood: 'good' }, 'The row of photo 1 is no caption: '],
  ['a dog', 'The row of photo 1 is no caption: '],
])('a row that was edited into %j is told', async (made, expected) => {
  const { said, out } = await merged(made)
  expect(said).toContain(expected)
  expect(said).toContain('Run the shard that holds it again')
  expect(said).not.toContain('report this')
  expect(process.exitCode).toBe(1)
  expect(existsSync(out)).toBe(false)
})
