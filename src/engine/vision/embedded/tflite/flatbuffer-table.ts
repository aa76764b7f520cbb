/** Reading FlatBuffers tables by field number, with the little of the format that TFLite files need. */
import { ByteBuffer } from 'flatbuffers'

/** A table at a position of a buffer. Absent scalar fields give their default, absent tables and vectors undefined or nothing. */
export interface Table {
  int8(field: number, fallback?: number): number
  uint8(field: number, fallback?: number): number
  int32(field: number, fallback?: number): number
  uint32(field: number, fallback?: number): number
  float32(field: number, fallback?: number): number
  text(field: number): string
  bytes(field: number): Uint8Array
  int32s(field: number): number[]
  table(field: number): Table | undefined
  tables(field: number): Table[]
}

const utf8 = new TextDecoder()

/** The root table of a FlatBuffers file. */
export function rootTable(bytes: Uint8Array): Table {
  const buffer = new ByteBuffer(bytes)
  return tableAt(buffer, buffer.readInt32(0))
}

function tableAt(buffer: ByteBuffer, position: number): Table {
  // The virtual table lists each field's offset from 4 on, two bytes per field; 0 means absent.
  const place = (field: number): number | undefined => {
    const offset = buffer.__offset(position, 4 + 2 * field)
    return offset === 0 ? undefined : position + offset
  }
  const scalar =
    (read: (at: number) => number) =>
    (field: number, fallback = 0) => {
      const at = place(field)
      return at === undefined ? fallback : read(at)
    }
  const vector = <Item>(field: number, itemSize: number, read: (at: number) => Item): Item[] => {
    const at = place(field)
    if (at === undefined) return []
    const start = at + buffer.readInt32(at)
    return Array.from({ length: buffer.readInt32(start) }, (_, index) => read(start + 4 + index * itemSize))
  }
  const bytes = (field: number): Uint8Array => {
    const at = place(field)
    if (at === undefined) return new Uint8Array(0)
    const start = at + buffer.readInt32(at)
    return buffer.bytes().subarray(start + 4, start + 4 + buffer.readInt32(start))
  }
  const follow = (at: number) => tableAt(buffer, at + buffer.readInt32(at))
  return {
    int8: scalar((at) => buffer.readInt8(at)),
    uint8: scalar((at) => buffer.readUint8(at)),
    int32: scalar((at) => buffer.readInt32(at)),
    uint32: scalar((at) => buffer.readUint32(at)),
    float32: scalar((at) => buffer.readFloat32(at)),
    text: (field) => utf8.decode(bytes(field)),
    bytes,
    int32s: (field) => vector(field, 4, (at) => buffer.readInt32(at)),
    table: (field) => {
      const at = place(field)
      return at === undefined ? undefined : follow(at)
    },
    tables: (field) => vector(field, 4, follow),
  }
}
