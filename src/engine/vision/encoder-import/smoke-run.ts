/** One photo through a package that was just written, before it is accepted. */
import sharp from 'sharp'
import { AppError } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'
import { openEncoder, type Features } from '../encoders/encoder.ts'
import type { EncoderManifest } from '../encoders/encoder-manifest.ts'
import { prepareImage, readImageFile } from '../photos/image.ts'
import { openTextEncoder } from '../encoders/text-encoder.ts'

export interface SmokeRun {
  provider: Provider
  secondsPerImage: number
}

/**
 * Encodes one photo (`photo`, else a drawn one), alone and in a batch, and one text where there is a text tower. Throws AppError `bad-input`
 * where sizes are not the manifest's, values are not numbers, or the grid says the same everywhere.
 */
export async function smokeRun(folder: string, photo: string | undefined): Promise<SmokeRun> {
  const encoder = await openEncoder(folder)
  try {
    const { manifest, provider } = encoder
    const bytes = photo === undefined ? await drawnPhoto() : await readImageFile(photo)
    const { pixels } = await prepareImage(bytes, manifest.input, photo ?? 'the drawn test photo')
    checkFeatures(await encoder.encode(pixels, 1), 1, manifest)
    const both = new Float32Array(2 * pixels.length)
    both.set(pixels)
    both.set(pixels, pixels.length)
    const begun = performance.now()
    checkFeatures(await encoder.encode(both, 2), 2, manifest)
    const secondsPerImage = (performance.now() - begun) / 2000
    if (manifest.text !== undefined) await checkText(folder)
    return { provider, secondsPerImage }
  } finally {
    await encoder.close()
  }
}

const refuse = (what: string): AppError =>
  new AppError('bad-input', `The encoder failed its test on one photo: ${what}.`, {
    kept: 'It was not added.',
    todo: 'Check the file, or name another tensor for the grid (--grid).',
  })

function checkFeatures({ grid, pooled }: Features, images: number, manifest: EncoderManifest): void {
  const { rows, columns, width, classToken } = manifest.grid
  const tokens = rows * columns + (classToken === undefined ? 0 : 1)
  if (grid.length !== images * tokens * width) throw refuse(`the grid has ${grid.length} values, not ${images}×${tokens}×${width}`)
  if (pooled.length !== images * manifest.pooled.width) throw refuse(`the pooled vector has ${pooled.length} values, not ${images}×${manifest.pooled.width}`)
  if (!grid.every(Number.isFinite) || !pooled.every(Number.isFinite)) throw refuse('some features are not finite numbers')
  const first = grid.subarray((tokens - rows * columns) * width, (tokens - rows * columns + 1) * width)
  const last = grid.subarray((tokens - 1) * width, tokens * width)
  if (first.every((value, channel) => value === last[channel])) throw refuse('its cells say the same everywhere')
}

async function checkText(folder: string): Promise<void> {
  const texts = await openTextEncoder(folder)
  try {
    const [cat, car] = [await texts.embed(['a photo of a cat']), await texts.embed(['a red car'])]
    if (!cat.every(Number.isFinite)) throw refuse('the text tower gives values that are not finite numbers')
    if (cat.every((value, index) => value === car[index])) throw refuse('the text tower says the same of every text')
  } finally {
    await texts.close()
  }
}

/** Shapes and colours that differ from corner to corner. */
function drawnPhoto(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#3a7bd5"/><stop offset="1" stop-color="#e0a060"/></linearGradient></defs>
    <rect width="640" height="480" fill="url(#sky)"/><rect y="330" width="640" height="150" fill="#4a7a3a"/>
    <circle cx="500" cy="110" r="60" fill="#ffe680"/><rect x="90" y="210" width="180" height="160" fill="#a33"/><polygon points="70,210 180,110 290,210" fill="#522"/></svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer()
}
