/** The sums of a resampling: WebAssembly with 128-bit vectors, to the bit what a loop in TypeScript gives. */
import { openKernel } from '#engine/numerics/kernel.ts'
import { resampleBinary } from './resample-binary.ts'

/**
 * How each output place is made: `count[i]` inputs from `first[i]` on, with the fixed-point weights from `start[i]` on (Pillow's own precision: 22
 * bits behind the point, so that 8-bit sums fit 32 bits).
 */
export interface Taps {
  first: Int32Array
  count: Int32Array
  start: Int32Array
  weights: Int32Array
}

/** Of a fixed-point weight, behind the point. */
export const fractionBits = 22
const half = 1 << (fractionBits - 1)

const pixel = (address: string): string => `(i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get ${address}))))`
const addWeighted = (sum: string, values: string): string => `(local.set ${sum} (i32x4.add (local.get ${sum}) (i32x4.mul (local.get $weights) ${values})))`
/** Four sums of each → levels of 8 bits: bicubic weights can overshoot both ends. */
const narrowed = (a: string, b: string, c: string, d: string): string => {
  const shifted = (sum: string): string => `(i32x4.shr_s (local.get ${sum}) (i32.const ${fractionBits}))`
  return `(i8x16.narrow_i16x8_u (i16x8.narrow_i32x4_s ${shifted(a)} ${shifted(b)}) (i16x8.narrow_i32x4_s ${shifted(c)} ${shifted(d)}))`
}

/** Addresses are in bytes. A place of `taps` is three numbers: where its first input lies from the start, where its weights begin, and where they end. */
export const resampleSource = `(module
  (import "run" "memory" (memory 1))

  ;; Two rows of pixels at a time, which share the weights; where one is left, both are the same. A pixel is read and written with a byte more,
  ;; which the next one overwrites or which lies between rows.
  (func (export "columns") (param $row i32) (param $stride i32) (param $rows i32) (param $taps i32) (param $tapsEnd i32) (param $target i32) (param $targetStride i32)
    (local $place i32) (local $above i32) (local $below i32) (local $weight i32) (local $weightEnd i32) (local $to i32)
    (local $upper v128) (local $lower v128) (local $weights v128)
    (block $done
      (loop $nextRows
        (br_if $done (i32.eqz (local.get $rows)))
        (if (i32.eq (local.get $rows) (i32.const 1)) (then
          (local.set $stride (i32.const 0))
          (local.set $targetStride (i32.const 0))))
        (local.set $to (local.get $target))
        (local.set $place (local.get $taps))
        (loop $nextPlace
          (local.set $above (i32.add (local.get $row) (i32.load (local.get $place))))
          (local.set $below (i32.add (local.get $above) (local.get $stride)))
          (local.set $weight (i32.load offset=4 (local.get $place)))
          (local.set $weightEnd (i32.load offset=8 (local.get $place)))
          (local.set $upper (i32x4.splat (i32.const ${half})))
          (local.set $lower (local.get $upper))
          (loop $nextTap
            (local.set $weights (v128.load32_splat (local.get $weight)))
            ${addWeighted('$upper', pixel('$above'))}
            ${addWeighted('$lower', pixel('$below'))}
            (local.set $above (i32.add (local.get $above) (i32.const 3)))
            (local.set $below (i32.add (local.get $below) (i32.const 3)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
            (br_if $nextTap (i32.ne (local.get $weight) (local.get $weightEnd))))
          (local.set $upper ${narrowed('$upper', '$lower', '$upper', '$lower')})
          (i32.store (local.get $to) (i32x4.extract_lane 0 (local.get $upper)))
          (i32.store (i32.add (local.get $to) (local.get $targetStride)) (i32x4.extract_lane 1 (local.get $upper)))
          (local.set $to (i32.add (local.get $to) (i32.const 3)))
          (local.set $place (i32.add (local.get $place) (i32.const 12)))
          (br_if $nextPlace (i32.ne (local.get $place) (local.get $tapsEnd))))
        (local.set $row (i32.add (local.get $row) (i32.shl (local.get $stride) (i32.const 1))))
        (local.set $target (i32.add (local.get $target) (i32.shl (local.get $targetStride) (i32.const 1))))
        (local.set $rows (i32.sub (local.get $rows) (select (i32.const 1) (i32.const 2) (i32.eq (local.get $rows) (i32.const 1)))))
        (br $nextRows))))

  ;; Sixteen values of a row at a time; the last sixteen reach into the next row, which overwrites them.
  (func (export "rows") (param $image i32) (param $stride i32) (param $length i32) (param $taps i32) (param $tapsEnd i32) (param $target i32)
    (local $to i32) (local $column i32) (local $from i32) (local $weight i32) (local $weightEnd i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $weights v128) (local $levels v128)
    (loop $nextRow
      (local.set $column (local.get $image))
      (local.set $to (local.get $target))
      (local.set $target (i32.add (local.get $target) (local.get $length)))
      (local.set $weightEnd (i32.load offset=8 (local.get $taps)))
      (loop $nextColumns
        (local.set $from (i32.add (local.get $column) (i32.load (local.get $taps))))
        (local.set $weight (i32.load offset=4 (local.get $taps)))
        (local.set $a (i32x4.splat (i32.const ${half})))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (loop $nextTap
          (local.set $weights (v128.load32_splat (local.get $weight)))
          (local.set $levels (v128.load (local.get $from)))
          ${addWeighted('$a', '(i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (local.get $levels)))')}
          ${addWeighted('$b', '(i32x4.extend_high_i16x8_u (i16x8.extend_low_i8x16_u (local.get $levels)))')}
          ${addWeighted('$c', '(i32x4.extend_low_i16x8_u (i16x8.extend_high_i8x16_u (local.get $levels)))')}
          ${addWeighted('$d', '(i32x4.extend_high_i16x8_u (i16x8.extend_high_i8x16_u (local.get $levels)))')}
          (local.set $from (i32.add (local.get $from) (local.get $stride)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $nextTap (i32.ne (local.get $weight) (local.get $weightEnd))))
        (v128.store (local.get $to) ${narrowed('$a', '$b', '$c', '$d')})
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $column (i32.add (local.get $column) (i32.const 16)))
        (br_if $nextColumns (i32.lt_u (local.get $to) (local.get $target))))
      (local.set $taps (i32.add (local.get $taps) (i32.const 12)))
      (br_if $nextRow (i32.ne (local.get $taps) (local.get $tapsEnd))))))`

const pageBytes = 65_536
/** Of memory that is kept between photos. */
const mostKept = 16 * 1024 * 1024

interface Room {
  memory: WebAssembly.Memory
  columns: (...numbers: number[]) => unknown
  rows: (...numbers: number[]) => unknown
}

let kept: Room | undefined

async function roomFor(bytes: number): Promise<Room> {
  if (kept !== undefined && kept.memory.buffer.byteLength >= bytes) return kept
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
  const room = { memory, ...(await openKernel(resampleBinary, memory, ['columns', 'rows'])) }
  if (bytes <= mostKept) kept = room
  return room
}

/** Interleaved RGB of `width` × `height` → that of as many columns and rows as there are taps: columns first, then rows, rounded to 8 bits after each. */
export async function weigh({ rgb, width, height }: { rgb: Uint8Array; width: number; height: number }, columns: Taps, rows: Taps): Promise<Uint8Array> {
  const [places, results] = [columns.first.length, rows.first.length]
  const rowLength = 3 * places
  // Each part ends with room for the bytes that are read or written past it.
  const spare = 16
  const aligned = (bytes: number): number => Math.ceil((bytes + spare) / 16) * 16
  const wideStride = aligned(rowLength)
  const wide = aligned(rgb.length)
  const result = wide + wideStride * height
  const columnTaps = result + aligned(rowLength * results)
  const rowTaps = columnTaps + aligned(tapBytes(columns))
  const room = await roomFor(rowTaps + aligned(tapBytes(rows)))
  // From here on nothing waits: photos decoded side by side share the room.
  const { buffer } = room.memory
  new Uint8Array(buffer).set(rgb)
  const columnsEnd = writeTaps(buffer, columnTaps, columns, 3)
  const rowsEnd = writeTaps(buffer, rowTaps, rows, wideStride)
  room.columns(0, 3 * width, height, columnTaps, columnsEnd, wide, wideStride)
  room.rows(wide, wideStride, rowLength, rowTaps, rowsEnd, result)
  return new Uint8Array(buffer, result, rowLength * results).slice()
}

function tapBytes({ first, weights }: Taps): number {
  return 12 * first.length + 4 * weights.length
}

/** Places, then weights. @returns where the places end */
function writeTaps(buffer: ArrayBuffer, address: number, { first, count, start, weights }: Taps, inputBytes: number): number {
  const end = address + 12 * first.length
  const places = new Int32Array(buffer, address, 3 * first.length)
  for (let place = 0; place < first.length; place++) {
    places[3 * place] = first[place] * inputBytes
    places[3 * place + 1] = end + 4 * start[place]
    places[3 * place + 2] = end + 4 * (start[place] + count[place])
  }
  new Int32Array(buffer, end, weights.length).set(weights)
  return end
}
