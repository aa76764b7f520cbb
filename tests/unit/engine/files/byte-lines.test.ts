import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { byteLines, type ByteLine } from '#engine/files/byte-lines.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

async function linesOf(text: string, piece: number): Promise<ByteLine[]> {
  const file = join(temporaryFolder(), 'lines')
  await writeFile(file, text)
  const lines: ByteLine[] = []
  for await (const line of byteLines(file, { piece })) lines.push(line)
  return lines
}

describe('lines of a file', () => {
  test.each([1, 2, 3, 5, 7, 64])('are the same in pieces of %i bytes, wherever a piece cuts a line or a letter', async (piece) => {
    const texts = ['ein Ärger', '', '猫🐈', 'the last']
    const lines = await linesOf(texts.join('\n'), piece)
    expect(lines.map(({ text }) => text)).toEqual(texts)
    expect(lines.map(({ whole }) => whole)).toEqual([true, true, true, false])
    expect(lines.map(({ end }) => end)).toEqual([11, 12, 20, 28])
  })

  test('end where the file ends', async () => {
    expect(await linesOf('', 4)).toEqual([])
    expect(await linesOf('one\n', 4)).toEqual([{ text: 'one', end: 4, whole: true }])
  })
})
