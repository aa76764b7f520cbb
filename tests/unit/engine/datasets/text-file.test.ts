import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { purposes } from '#engine/datasets/purpose.ts'
import { readLines, readPieces, type TextReading } from '#engine/datasets/text-file.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const reading: TextReading = { purpose: purposes.import }

function file(bytes: string | Uint8Array): string {
  const path = join(temporaryFolder(), 'text.txt')
  writeFileSync(path, bytes)
  return path
}
async function lines(path: string, how = reading): Promise<[number, string][]> {
  const found: [number, string][] = []
  for await (const { number, text } of readLines(path, how)) found.push([number, text])
  return found
}

test('LF, CR LF and a bare CR end a line, a line separator does not; empty lines are counted and passed by', async () => {
  expect(await lines(file('one\ntwo\r\n\r\nthree\rfour\u2028still four'))).toEqual([
    [1, 'one'],
    [2, 'two'],
    [4, 'three'],
    [5, 'four\u2028still four'],
  ])
})

test('a file of bare CR is lines like any other, also across pieces', async () => {
  const text = Array.from({ length: 60_000 }, (_, i) => `photo${i}.jpg#0\tA dog .`).join('\r')
  const found = await lines(file(text))
  expect(found).toHaveLength(60_000)
  expect(found.at(-1)).toEqual([60_000, 'photo59999.jpg#0\tA dog .'])
})

test('CR LF that falls between two pieces is one end of a line', async () => {
  const found = await lines(file(`${'a'.repeat(256 * 1024 - 1)}\r\nb\r\n`))
  expect(found.map(([number, text]) => [number, text.length])).toEqual([
    [1, 256 * 1024 - 1],
    [2, 1],
  ])
})

test('what is not UTF-8 is refused, named, and read when its encoding is told', async () => {
  const western = file(Buffer.from('a café – “noir”', 'latin1'))
  await expect(lines(western)).rejects.toThrow('it is not UTF-8 text; it looks like Windows-1252')
  const cp1252 = file(Uint8Array.from([0x93, 0x63, 0x61, 0x66, 0xe9, 0x94]))
  expect(await lines(cp1252, { ...reading, encoding: 'windows-1252' })).toEqual([[1, '“café”']])
  const wide = file(Buffer.from('\ufeffa café\r\na dog', 'utf16le'))
  await expect(lines(wide)).rejects.toThrow('it is UTF-16 (little-endian) by its mark')
  expect(await lines(wide, { ...reading, encoding: 'utf-16le' })).toEqual([
    [1, 'a café'],
    [2, 'a dog'],
  ])
})

test('a byte-order mark is no part of the text', async () => {
  expect(await lines(file('\ufeffone\n'))).toEqual([[1, 'one']])
})

test('a pipe, a folder and a file that is not there are refused at once', async () => {
  const folder = temporaryFolder()
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await expect(lines(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'bad-input' })
  await expect(lines(folder)).rejects.toMatchObject({ code: 'bad-input' })
  await expect(lines(join(folder, 'gone'))).rejects.toMatchObject({ code: 'not-found', kept: 'Nothing was imported.' })
})

test('reading stops where it is cancelled', async () => {
  const read = async (): Promise<void> => {
    for await (const _ of readPieces(file('text'), { ...reading, signal: AbortSignal.abort() })) throw new Error('read')
  }
  await expect(read()).rejects.toMatchObject({ code: 'cancelled' })
})
