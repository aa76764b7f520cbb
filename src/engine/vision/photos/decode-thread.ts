/** The program of a decoding thread: answers `decode-threads.ts`. */
import { parentPort } from 'node:worker_threads'
import { decodePhoto, type DecodedPhoto, type DecodeRequest } from './decode-photo.ts'

parentPort?.on('message', ({ id, request }: { id: number; request: DecodeRequest }) => {
  void decodePhoto(request).then((photo) => parentPort?.postMessage({ id, photo }, buffersOf(photo)))
})

/** What is handed over instead of copied. */
function buffersOf(photo: DecodedPhoto): ArrayBuffer[] {
  if (photo.kind !== 'decoded') return []
  return [photo.pixels, photo.mirror].flatMap((pixels) => (pixels?.buffer instanceof ArrayBuffer ? [pixels.buffer] : []))
}
