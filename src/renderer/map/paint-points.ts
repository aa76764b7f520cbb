/** Points painted into a picture, one pixel after the other. */
import { fadedOpacity, shownOpacity } from './point-size.ts'
import { scaleOf, toScreen, type Camera } from './camera.ts'

interface Pixels {
  /** red, green, blue and opacity of each, not multiplied */
  data: Uint8ClampedArray
  width: number
  height: number
}

export interface PlainPoints {
  points: Float32Array
  colours: Uint8Array
  left: Uint8Array
}

interface Disc {
  /** pixels around a point that it covers, and how much of each */
  x: Int32Array
  y: Int32Array
  cover: Float32Array
  reach: number
}

function discOf(diameter: number): Disc {
  const reach = Math.ceil(diameter / 2)
  const parts: { x: number; y: number; cover: number }[] = []
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.min(1, Math.max(0, diameter / 2 - Math.hypot(x, y) + 0.5))
      if (cover > 0.25) parts.push({ x, y, cover })
    }
  }
  return {
    x: Int32Array.from(parts, ({ x }) => x),
    y: Int32Array.from(parts, ({ y }) => y),
    cover: Float32Array.from(parts, ({ cover }) => cover),
    reach,
  }
}

/** Those that filters leave not first, the others above them. `diameter` in pixels of the picture. */
export function paintPoints(pixels: Pixels, { points, colours, left }: PlainPoints, { camera, diameter }: { camera: Camera; diameter: number }): void {
  const { data, width, height } = pixels
  data.fill(0)
  const disc = discOf(diameter)
  const origin = toScreen(camera, pixels, { x: 0, y: 0 })
  const scale = scaleOf(camera, pixels)
  for (const wanted of [0, 1]) {
    const opacity = wanted === 1 ? shownOpacity : fadedOpacity
    for (let place = 0; place < left.length; place++) {
      if (left[place] !== wanted) continue
      const x = Math.round(origin.x + scale * (points[2 * place] ?? 0))
      const y = Math.round(origin.y - scale * (points[2 * place + 1] ?? 0))
      if (x < disc.reach || y < disc.reach || x >= width - disc.reach || y >= height - disc.reach) continue
      const centre = y * width + x
      for (let part = 0; part < disc.cover.length; part++) {
        const at = 4 * (centre + (disc.y[part] ?? 0) * width + (disc.x[part] ?? 0))
        blend(data, at, colours, 3 * place, opacity * (disc.cover[part] ?? 0))
      }
    }
  }
}

/** A colour over what is there. */
function blend(data: Uint8ClampedArray, at: number, colours: Uint8Array, colour: number, opacity: number): void {
  const under = ((data[at + 3] ?? 0) / 255) * (1 - opacity)
  const whole = opacity + under
  const [own, kept] = [opacity / whole, under / whole]
  data[at] = (colours[colour] ?? 0) * own + (data[at] ?? 0) * kept
  data[at + 1] = (colours[colour + 1] ?? 0) * own + (data[at + 1] ?? 0) * kept
  data[at + 2] = (colours[colour + 2] ?? 0) * own + (data[at + 2] ?? 0) * kept
  data[at + 3] = 255 * whole
}
