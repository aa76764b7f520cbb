/** Why a photo could not be decoded, in one line: libvips tells each step that failed on a line of its own. */
import { AppError, toReport } from '#shared/errors.ts'
import { photoTypeOf } from './photo-type.ts'

/** Formats that sharp's own libvips holds no decoder for: BMP, and HEVC, which HEIC photos are compressed with. */
function unknownFormat(bytes: Uint8Array, told: string): string | null {
  const type = photoTypeOf(bytes)
  if (type === 'image/bmp') return 'BMP'
  return type === 'image/heif' && /compression format|HEVC|codec/i.test(told) ? 'HEIC' : null
}

/** An AppError `bad-input` that begins with `happened` (`The photo x.jpg is damaged`), or says that its format is not decoded. */
export function notDecoded(happened: string, bytes: Uint8Array, cause: unknown): AppError {
  const told = toReport(cause).happened
  const format = unknownFormat(bytes, told)
  if (format !== null)
    return new AppError('bad-input', `${format} photos cannot be decoded here.`, { todo: 'Convert it to JPEG or PNG, or leave it out.', cause })
  const lines = told.split('\n').map((line) => line.trim().replace(/^Input buffer has corrupt header: /, ''))
  const [line = told] = lines.filter((each) => each !== '' && !each.startsWith('source: ')).slice(-1)
  return new AppError('bad-input', `${happened}: ${line.replace(/\.$/, '')}.`, { todo: 'Replace the file or leave it out.', cause })
}
