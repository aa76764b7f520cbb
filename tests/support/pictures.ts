/** Pictures drawn for tests: no two alike, always the same. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

/** A JPEG with a few coloured shapes, chosen by `seed`. */
export async function drawPicture(seed: number, width = 320, height = 240): Promise<Buffer> {
  const hue = (offset: number): number => (seed * 67 + offset * 113) % 360
  const shapes = [0, 1, 2].map((index) => {
    const x = ((seed * 31 + index * 97) % 80) + 10
    const y = ((seed * 53 + index * 41) % 80) + 10
    const radius = 8 + ((seed + index * 7) % 15)
    return `<circle cx="${x}%" cy="${y}%" r="${radius}%" fill="hsl(${hue(index + 1)} 80% 50%)"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="hsl(${hue(0)} 40% 70%)"/>${shapes.join('')}</svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer()
}

/** Writes `count` pictures into a folder; returns their paths. */
export async function drawPictures(folder: string, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, seed) => join(folder, `picture-${seed}.jpg`))
  await Promise.all(paths.map(async (path, seed) => writeFileSync(path, await drawPicture(seed))))
  return paths
}
