/** The app's icon in the sizes that desktops ask for, drawn from resources/icon.svg. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { projectFolder } from '../paths.ts'

export const iconSizes = [16, 32, 48, 64, 128, 256, 512, 1024] // pixels
const drawing = join(projectFolder, 'resources', 'icon.svg')

/** Writes `<size>x<size>.png` for each size; returns their paths. */
export async function drawIcons(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  return Promise.all(
    iconSizes.map(async (size) => {
      const file = join(folder, `${size}x${size}.png`)
      await drawIcon(size, file)
      return file
    }),
  )
}

async function drawIcon(size: number, file: string): Promise<void> {
  await sharp(drawing, { density: (72 * size) / 512 })
    .resize(size, size)
    .png({ compressionLevel: 9 })
    .toFile(file)
}

if (import.meta.main) await drawIcon(512, join(projectFolder, 'resources', 'icon.png')) // the window's
