/** One photo on its way to an encoder: read, hashed, and prepared unless its features are known already. */
import { toReport, type ErrorReport } from '#shared/errors.ts'
import { hashBytes } from '#engine/files/content-hash.ts'
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import { prepareImage, readImageFile } from './image.ts'
import { mirrorImage } from './planes.ts'

export interface DecodeRequest {
  path: string
  /** the folder that it must really lie in */
  root?: string
  input: Preprocessing
  /** also its mirror image */
  mirrored: boolean
  /** from `hashPrefixes`: photos with these hashes are only hashed */
  known: BigUint64Array
}

export type DecodedPhoto =
  | { kind: 'decoded'; hash: string; pixels: Float32Array; mirror: Float32Array | undefined }
  | { kind: 'known'; hash: string }
  | { kind: 'failed'; report: ErrorReport }

/** Never throws: a photo that cannot be read is an answer. */
export async function decodePhoto({ path, root, input, mirrored, known }: DecodeRequest): Promise<DecodedPhoto> {
  try {
    const bytes = await readImageFile(path, root)
    const hash = hashBytes(bytes)
    if (holds(known, hashPrefix(hash))) return { kind: 'known', hash }
    const { pixels } = await prepareImage(bytes, input, path)
    return { kind: 'decoded', hash, pixels, mirror: mirrored ? mirrorImage(pixels, input.width) : undefined }
  } catch (error) {
    return { kind: 'failed', report: toReport(error) }
  }
}

/** The first 64 bits of hashes, sorted, in memory that threads share. */
export function hashPrefixes(hashes: Iterable<string>): BigUint64Array {
  const prefixes = BigUint64Array.from(hashes, hashPrefix).sort()
  const shared = new BigUint64Array(new SharedArrayBuffer(prefixes.byteLength))
  shared.set(prefixes)
  return shared
}

function hashPrefix(hash: string): bigint {
  return BigInt(`0x${hash.slice(0, 16)}`)
}

/** Whether a sorted list holds a value. */
function holds(sorted: BigUint64Array, value: bigint): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] < value) low = middle + 1
    else high = middle
  }
  return low < sorted.length && sorted[low] === value
}
