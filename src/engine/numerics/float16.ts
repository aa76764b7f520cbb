/** IEEE 754 half precision ↔ float32. */
import { float16Binary } from './float16-binary.ts'
import { openKernel } from './kernel.ts'

/** Values at a time: halves and floats lie beside each other in the kernel's one page of memory, and in the processor's nearest cache. */
const chunk = 4096
const floatsAddress = 2 * chunk

interface Kernel {
  halves: Uint16Array
  floats: Float32Array
  decode(values: number): void
  encode(values: number): void
}

const kernel = await openFloat16()

async function openFloat16(): Promise<Kernel> {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { decode, encode } = await openKernel(float16Binary, memory, ['decode', 'encode'])
  // It works on eight values at a time; those behind the last one are junk that nobody reads.
  const rounded = (values: number): number => Math.ceil(values / 8) * 8
  return {
    halves: new Uint16Array(memory.buffer, 0, chunk),
    floats: new Float32Array(memory.buffer, floatsAddress, chunk),
    decode: (values) => void decode(0, floatsAddress, rounded(values)),
    encode: (values) => void encode(floatsAddress, 0, rounded(values)),
  }
}

/** Writes the values of `source`'s half-precision bits into `destination` (same length). */
export function decodeFloat16(source: Uint16Array, destination: Float32Array): void {
  const { halves, floats, decode } = kernel
  for (let first = 0; first < source.length; first += chunk) {
    const part = source.subarray(first, first + chunk)
    halves.set(part)
    decode(part.length)
    destination.set(part.length === chunk ? floats : floats.subarray(0, part.length), first)
  }
}

/** Writes `source` as half-precision bits into `destination` (same length), rounding to nearest even; beyond 65,504 it is infinity. */
export function encodeFloat16(source: Float32Array, destination: Uint16Array): void {
  const { halves, floats, encode } = kernel
  for (let first = 0; first < source.length; first += chunk) {
    const part = source.subarray(first, first + chunk)
    floats.set(part)
    encode(part.length)
    destination.set(part.length === chunk ? halves : halves.subarray(0, part.length), first)
  }
}
