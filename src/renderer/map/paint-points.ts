/** Points painted into a picture, one pixel after the other. */
import { fadedOpacity, shownOpacity } from './point-size.ts'
import { toScreen, type Camera } from './camera.ts'

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

/** Pixels around a point that its disc covers, and how much of each. */
function discOf(diameter: number): { x: number; y: number; cover: number }[] {
  const reach = Math.ceil(diameter / 2)
  const disc: { x: number; y: number; cover: number }[] = []
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.min(1, Math.max(0, diameter / 2 - Math.hypot(x, y) + 0.5))
      if (cover > 0.05) disc.push({ x, y, cover })
    }
  }
  return disc
}

/** Those that filters leave not first, the others above them. `diameter` in pixels of the picture. */
export function paintPoints(pixels: Pixels, { points, colours, left }: PlainPoints, { camera, diameter }: { camera: Camera; diameter: number }): void {
  const { data, width, height } = pixels
  data.fill(0)
  const disc = discOf(diameter)
  for (const wanted of [0, 1]) {
    const opacity = wanted === 1 ? shownOpacity : fadedOpacity
    for (let place = 0; place < left.length; place++) {
      if (left[place] !== wanted) continue
      const spot = toScreen(camera, { width, height }, { x: points[2 * place] ?? 0, y: points[2 * place + 1] ?? 0 })
      const [x, y] = [Math.round(spot.x), Math.round(spot.y)]
      if (x < -8 || y < -8 || x > width + 8 || y > height + 8) continue
      for (const part of disc) {
        const [column, row] = [x + part.x, y + part.y]
        if (column < 0 || row < 0 || column >= width || row >= height) continue
        blend(data, 4 * (row * width + column), colours, 3 * place, opacity * part.cover)
      }
    }
  }
}

/** A colour over what is there. */
function blend(data: Uint8ClampedArray, at: number, colours: Uint8Array, colour: number, opacity: number): void {
  const under = ((data[at + 3] ?? 0) / 255) * (1 - opacity)
  const whole = opacity + under
  for (let channel = 0; channel < 3; channel++) {
    data[at + channel] = ((colours[colour + channel] ?? 0) * opacity + (data[at + channel] ?? 0) * under) / whole
  }
  data[at + 3] = 255 * whole
}
