/** Paths that lead into a file: `…/shard.tar/0001.jpg` is a photo of a tar file, `…/train.parquet/17/dog.jpg` one of a Parquet file's 18th row. */
import { statSync } from 'node:fs'
import { sep } from 'node:path'

/** Files that hold others, by the ends of their names. */
export const packedEnds = ['.tar', '.parquet'] as const
export type PackedEnd = (typeof packedEnds)[number]

export interface PackedPath {
  /** The file that the path leads through. */
  container: string
  end: PackedEnd
  /** What is meant in it, with `/` between its folders. */
  member: string
}

const throughFile = /\.(?:tar|parquet)(?=[\\/])/gi

/** How a packed file's name ends; undefined for other files. */
export function packedEnd(name: string): PackedEnd | undefined {
  const lower = name.toLowerCase()
  return packedEnds.find((end) => lower.endsWith(end))
}

/** The file that a path leads through; null for a path that leads through folders alone (which may be called anything), or to a packed file itself. */
export function packedPath(path: string): PackedPath | null {
  for (const match of path.matchAll(throughFile)) {
    const container = path.slice(0, match.index + match[0].length)
    const end = packedEnd(container)
    if (end === undefined || !statSync(container, { throwIfNoEntry: false })?.isFile()) continue
    const member = path.slice(container.length + 1)
    return { container, end, member: sep === '\\' ? member.replaceAll('\\', '/') : member }
  }
  return null
}

/** The file on the disk that a photo's path needs: its own, or the packed one. */
export function fileOnDisk(path: string): string {
  return packedPath(path)?.container ?? path
}
