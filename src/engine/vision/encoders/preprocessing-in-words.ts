/** What an encoder does to a photo, in a phrase. */
import type { Preprocessing } from './encoder-manifest.ts'

const ways: Record<NonNullable<Preprocessing['colour']>, string> = {
  'as-stored': 'colours as stored (profiles ignored)',
  converted: 'colours converted to sRGB by their profiles',
}

/** `crop to 224×224, bicubic, colours as stored (profiles ignored), mean …, deviation …` */
export function preprocessingInWords({ width, height, resize, shortSide, interpolation, colour = 'converted', mean, std }: Preprocessing): string {
  const size = `${width}×${height}${shortSide === undefined ? '' : ` of a short side of ${shortSide}`}`
  return `${resize} to ${size}, ${interpolation}, ${ways[colour]}, mean ${mean.join(' ')}, deviation ${std.join(' ')}`
}
