/** Draws a scene: backdrop and emoji icons as one SVG, rendered to JPEG by sharp. */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { horizonLine, sceneHeight, sceneWidth, type Box, type Scene } from './compose.ts'
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

function drawIcon(body: string, box: Box, index: number): string {
  const scale = box.width / 128
  const shadow = `<ellipse cx="${box.x + box.width / 2}" cy="${box.y + box.height * 0.97}" rx="${box.width * 0.36}" ry="${box.height * 0.045}" fill="#000" opacity="0.16"/>`
  const onGround = box.y + box.height > horizonLine
  return `${onGround ? shadow : ''}<g transform="translate(${box.x} ${box.y}) scale(${scale})">${withOwnIds(body, `i${index}-`)}</g>`
}

/** The scene as SVG text; objects whose feet are lower are nearer and drawn later. */
export function sceneSvg(scene: Scene, icons: ReadonlyMap<string, string>): string {
  const { sky, ground } = scene.backdrop
  const drawn = scene.groups
    .flatMap((group) => group.boxes.map((box) => ({ box, body: icons.get(group.thing.icon) ?? '' })))
    .sort((a, b) => a.box.y + a.box.height - (b.box.y + b.box.height))
    .map(({ box, body }, index) => drawIcon(body, box, index))
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${sceneWidth}" height="${sceneHeight}">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient>
<linearGradient id="ground" x2="0" y2="1"><stop stop-color="${ground[0]}"/><stop offset="1" stop-color="${ground[1]}"/></linearGradient></defs>
<rect width="${sceneWidth}" height="${sceneHeight}" fill="url(#sky)"/>
<path d="M0 ${horizonLine} Q${sceneWidth * 0.3} ${horizonLine - 14 - (scene.seed % 9)} ${sceneWidth * 0.55} ${horizonLine} T${sceneWidth} ${horizonLine - 6} V${sceneHeight} H0Z" fill="url(#ground)"/>
${drawn.join('\n')}</svg>`
}

/** The scene as JPEG bytes. */
export async function drawScene(scene: Scene, icons: ReadonlyMap<string, string>): Promise<Buffer> {
  return sharp(Buffer.from(sceneSvg(scene, icons))).jpeg({ quality: 82 }).toBuffer()
}
