import { appendFile, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mergeShards } from '#engine/shards/merge-shards.ts'
import { discardShard, openShardWriter, unfinishedName, type ShardHeader, type ShardRow } from '#engine/shards/shard-file.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const items = 10
const header = (index: number, changed: Partial<ShardHeader> = {}): ShardHeader => ({
  ...{ format: 'capstan-shard', version: 1, work: 'caption', shard: { index, count: 3 }, settings: { model: 'one', beam: 3 }, items },
  ...changed,
})
const rowOf = (place: number) => (place === 4 ? { place, failed: 'It is no photo.' } : { place, made: `caption ${place}` })

/** Item `place` belongs to shard `place % 3 + 1`. */
async function writeShard(folder: string, index: number, changed: Partial<ShardHeader> = {}): Promise<string> {
  const file = join(folder, `shard-${index}.jsonl`)
  const writer = await openShardWriter(file, header(index, changed))
  writer.append(
    Array.from({ length: items }, (_, place) => place)
      .filter((place) => place % 3 === index - 1)
      .map(rowOf),
  )
  await writer.finish()
  return file
}

async function rowsOf(files: readonly string[]): Promise<ShardRow[]> {
  const rows: ShardRow[] = []
  for await (const row of (await mergeShards(files)).rows()) rows.push(row)
  return rows
}

describe('shards', () => {
  test('are merged into the order of one machine, failures in their places, however they are named', async () => {
    const folder = temporaryFolder()
    const files = [await writeShard(folder, 3), await writeShard(folder, 1), await writeShard(folder, 2)]
    expect(await rowsOf(files)).toEqual(Array.from({ length: items }, (_, place) => rowOf(place)))
  })

  test('are refused where one lacks, is there twice, or is of another model', async () => {
    const folder = temporaryFolder()
    const [first, second, third] = [await writeShard(folder, 1), await writeShard(folder, 2), await writeShard(folder, 3)]
    await expect(mergeShards([first, third])).rejects.toThrow('Of 3 shards one is lacking: 2.')
    await expect(mergeShards([first, second, third, second])).rejects.toThrow('Shard 2 of 3 is there twice')
    await discardShard(second)
    await writeShard(folder, 2, { settings: { model: 'other', beam: 3 } })
    await expect(mergeShards([first, second, third])).rejects.toThrow('they differ in model')
    await expect(mergeShards([])).rejects.toThrow('no shard to merge')
  })

  test('that were cut short, or are something else, are told', async () => {
    const folder = temporaryFolder()
    const files = [await writeShard(folder, 1), await writeShard(folder, 2), await writeShard(folder, 3)]
    const text = await readFile(files[0], 'utf8')
    await writeFile(files[0], text.slice(0, -12))
    await expect(mergeShards(files)).rejects.toThrow('shard 1 of 3, is not whole')
    await writeFile(files[0], '[{"image_id": 1, "caption": "a dog"}]')
    await expect(mergeShards(files)).rejects.toThrow('is no shard')
  })

  test('are merged whatever order their rows lie in', async () => {
    const folder = temporaryFolder()
    const files = await Promise.all([1, 2, 3].map((index) => writeShard(folder, index)))
    const [header, ...lines] = (await readFile(files[0], 'utf8')).trimEnd().split('\n')
    await writeFile(files[0], [header, ...lines.slice(0, -1).reverse(), lines.at(-1), ''].join('\n'))
    expect(await rowsOf(files)).toEqual(Array.from({ length: items }, (_, place) => rowOf(place)))
  })

  test('are refused where a row was changed, is there twice or lacks, though each says that it is whole', async () => {
    const folder = temporaryFolder()
    const files = await Promise.all([1, 2, 3].map((index) => writeShard(folder, index)))
    const text = await readFile(files[0], 'utf8')
    for (const [changed, refused] of [
      [text.replace('"place":3', '"place":-3'), 'shard 1 of 3, is not whole'],
      [text.replace('"place":3', '"place":1'), 'hold item 2 twice'],
      [text.replace('"place":3', '"place":30'), 'lack item 4 of 10'],
      [text.replace('{"rows":4}', '{"rows":5}'), 'hold 11 items, and the work has 10'],
      [text.replace('{"rows":4}', '{"rows":4}\n{"rows":4}'), 'shard 1 of 3, is not whole'],
    ]) {
      await writeFile(files[0], changed)
      await expect(rowsOf(files)).rejects.toThrow(refused)
    }
  })

  test('are read as far as they are asked for: what is merged is never held', async () => {
    const folder = temporaryFolder()
    const many = { items: 60_000 }
    const files = await Promise.all(
      [1, 2, 3].map(async (index) => {
        const file = join(folder, `many-${index}.jsonl`)
        const writer = await openShardWriter(file, header(index, many))
        writer.append(Array.from({ length: 20_000 }, (_, row) => rowOf(row * 3 + index - 1)))
        await writer.finish()
        return file
      }),
    )
    const merged = await mergeShards(files)
    const rows = merged.rows()
    expect((await rows.next()).value).toEqual(rowOf(0))
    // Whoever reads whole files first would not see what their ends have become since.
    for (const file of files) await truncate(file, 700_000)
    const rest = async (): Promise<void> => {
      while ((await rows.next()).done !== true);
    }
    await expect(rest()).rejects.toThrow('is not whole')
  })

  test('that were killed in the middle of a line go on from the row before it', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'shard.jsonl')
    const first = await openShardWriter(file, header(1))
    first.append([rowOf(0), rowOf(3)])
    first.close()
    await appendFile(unfinishedName(file), '{"place":6,"ma')
    const second = await openShardWriter(file, header(1))
    expect([...second.before]).toEqual([0, 3])
    second.append([rowOf(6), rowOf(9)])
    await second.finish()
    expect(await rowsOf([file, await writeShard(folder, 2), await writeShard(folder, 3)])).toHaveLength(items)
  })

  test('do not go on from rows of other settings', async () => {
    const file = join(temporaryFolder(), 'shard.jsonl')
    ;(await openShardWriter(file, header(1))).close()
    await expect(openShardWriter(file, header(1, { settings: { model: 'one', beam: 5 } }))).rejects.toThrow('another model, other data or other settings')
    await rename(unfinishedName(file), `${file}.aside`)
  })
})

test('an unfinished shard whose row was changed by hand is told with its line', async () => {
  const file = join(temporaryFolder(), 'shard.jsonl')
  const writer = await openShardWriter(file, header(1))
  writer.append([rowOf(0), rowOf(3)])
  writer.close()
  const unfinished = unfinishedName(file)
  const text = await readFile(unfinished, 'utf8')
  for (const changed of [text.replace('"place":3', '"place":-3'), text.replace('{"place":3', '{place:3')]) {
    await writeFile(unfinished, changed)
    await expect(openShardWriter(file, header(1))).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('line 3, was changed') as string })
  }
})
