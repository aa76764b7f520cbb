/** Tar and Parquet files with photos in them, as other tools write them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import sharp from 'sharp'
import { create } from 'tar'
import { temporaryFolder } from './temporary-folder.ts'

/** A small JPEG of one colour. */
export function plainPhoto(red: number, green = 0, blue = 0): Promise<Buffer> {
  return sharp({ create: { width: 24, height: 16, channels: 3, background: { r: red, g: green, b: blue } } })
    .jpeg()
    .toBuffer()
}

/** Writes a tar file of these members, in their order. */
export async function writeTar(file: string, members: Readonly<Record<string, string | Uint8Array>>, options: { noPax?: boolean } = {}): Promise<void> {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(members)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  await create({ cwd: folder, file, portable: true, ...options }, Object.keys(members))
}

interface PhotoRow {
  bytes: Uint8Array | null
  path?: string | null
  text: string
}

/** A Parquet file as Hugging Face's data sets have it: `image` is bytes and path. */
export function writeHuggingFaceParquet(file: string, rows: readonly PhotoRow[], rowGroupSize = 2): void {
  const bytes = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'image', data: rows.map((row) => ({ bytes: row.bytes, path: row.path ?? null })) },
      { name: 'text', data: rows.map(({ text }) => text) },
    ],
    rowGroupSize,
  })
  writeFileSync(file, new Uint8Array(bytes))
}

/** The same with bytes alone, under the name of a format. */
export function writeBareParquet(file: string, column: string, rows: readonly { bytes: Uint8Array; text: string }[]): void {
  const columnData = [
    { name: column, type: 'BYTE_ARRAY' as const, data: rows.map(({ bytes }) => bytes) },
    { name: 'caption', type: 'STRING' as const, data: rows.map(({ text }) => text) },
  ]
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData })))
}
