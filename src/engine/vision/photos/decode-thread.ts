/** The program of a decoding thread: answers `decode-threads.ts`. */
import { answerQuestions } from '#engine/runtime/threads.ts'
import { decodePhoto } from './decode-photo.ts'

answerQuestions(decodePhoto, (photo) => {
  if (photo.kind !== 'decoded') return []
  return [photo.pixels, photo.mirror].flatMap((pixels) => (pixels?.buffer instanceof ArrayBuffer ? [pixels.buffer] : []))
})
