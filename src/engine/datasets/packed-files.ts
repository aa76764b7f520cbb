/** The tar or Parquet files of one data set: a file, or all files of that kind below a folder (shards), in the order of their names. */
import { opendir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { packedEnd, type PackedEnd } from '#engine/files/packed/packed-path.ts'
import { portableName } from './photo-paths.ts'

export interface ShardFile {
  path: string
  /** Below the folder that photos are named from, with `/` between folders. */
  name: string
}

/** As deep as data sets lay their files (`data/train-00000-of-00002.parquet`). */
const deepest = 3

/** The files below a folder with the folder of each, some at a time: the process that asks goes on with other things. What is hidden, and links, are passed by. */
export async function* filesBelow(folder: string, depth = deepest): AsyncGenerator<{ folder: string; name: string }> {
  const folders: string[] = []
  for await (const entry of await opendir(folder, { bufferSize: 256 })) {
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) yield { folder, name: entry.name }
    else if (entry.isDirectory()) folders.push(entry.name)
  }
  if (depth > 1) for (const name of folders.sort()) yield* filesBelow(join(folder, name), depth - 1)
}

/** Without any where a folder has none; links are not followed. @throws what the system says */
export async function shardFiles(path: string, end: PackedEnd): Promise<ShardFile[]> {
  if (!(await isFolder(path))) return [{ path, name: basename(path) }]
  const found: string[] = []
  for await (const { folder, name } of filesBelow(path)) if (packedEnd(name) === end) found.push(join(folder, name))
  return found.sort().map((file) => ({ path: file, name: portableName(relative(path, file)) }))
}

/** The folder that the photos of such files are named from. */
export async function shardRoot(path: string): Promise<string> {
  return (await isFolder(path)) ? path : dirname(path)
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
