/** Draws a scene: scenery and emoji icons as one SVG, rendered to JPEG by sharp. */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { backdropSvg, sceneHeight, sceneWidth } from './backdrops.ts'
import type { Box, Group, Scene } from './compose.ts'
import { things } from './things.ts'

const iconSetSchema = z.object({ icons: z.record(z.string(), z.object({ body: z.string() })) })

/** Reads the icon bodies that scenes use from the installed Noto emoji set (Apache-2.0). */
export function loadIcons(): Map<string, string> {
  let file: string
  try {
    file = createRequire(import.meta.url).resolve('@iconify-json/noto/icons.json')
  } catch (cause) {
    throw new AppError('unavailable', 'The emoji set that scenes are drawn with is not installed.', {
      todo: 'Run npm install with development packages.',
      cause,
    })
  }
  const set = iconSetSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const icons = new Map<string, string>()
  for (const { icon } of things) {
    const body = set.icons[icon]?.body
    if (body === undefined) throw new AppError('corrupt', `The emoji set has no icon called ${icon}.`)
    icons.set(icon, body)
  }
  return icons
}

/** Ids inside an icon (gradients) must not clash when it is drawn twice. */
function withOwnIds(body: string, prefix: string): string {
  return body
    .replaceAll(/\bid="([^"]+)"/g, `id="${prefix}$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${prefix}$1)`)
    .replaceAll(/href="#([^"]+)"/g, `href="#${prefix}$1"`)
}

/** The icon placed so that what it fills of its square fills the box. */
function drawIcon(body: string, { thing, mirrored }: Group, box: Box, index: number): string {
  const [left, top, width, height] = thing.bounds
  const scale = box.height / height
  const placed = mirrored
    ? `translate(${box.x + (left + width) * scale} ${box.y - top * scale}) scale(${-scale} ${scale})`
    : `translate(${box.x - left * scale} ${box.y - top * scale}) scale(${scale})`
  const shadow = `<ellipse cx="${box.x + box.width / 2}" cy="${box.y + box.height - 1}" rx="${box.width * 0.46}" ry="${Math.max(3, box.height * 0.045)}" fill="#000" opacity="0.18"/>`
  return `${thing.place === 'ground' ? shadow : ''}<g transform="${placed}">${withOwnIds(body, `i${index}-`)}</g>`
}

/** The scene as SVG text; things whose feet are lower are nearer and drawn later. */
export function sceneSvg(scene: Scene, icons: ReadonlyMap<string, string>): string {
  const drawn = scene.groups
    .flatMap((group) => group.boxes.map((box) => ({ box, group })))
    .sort((a, b) => a.box.y + a.box.height - (b.box.y + b.box.height))
    .map(({ box, group }, index) => drawIcon(icons.get(group.thing.icon) ?? '', group, box, index))
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${sceneWidth}" height="${sceneHeight}">
${backdropSvg(scene.backdrop.name, scene.seed)}
${drawn.join('\n')}</svg>`
}

/** The scene as JPEG bytes. */
export async function drawScene(scene: Scene, icons: ReadonlyMap<string, string>): Promise<Buffer> {
  return sharp(Buffer.from(sceneSvg(scene, icons)))
    .jpeg({ quality: 82 })
    .toBuffer()
}
