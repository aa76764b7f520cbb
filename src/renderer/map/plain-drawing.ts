/** Draws points into a picture by itself, where the window has no WebGL: without a graphics card as fast as with one that is imitated. */
import type { Drawing } from './drawing.ts'
import type { Camera, Size } from './camera.ts'
import { paintPoints, type PlainPoints } from './paint-points.ts'
import { pointSize } from './point-size.ts'

/** Null where the window cannot draw at all. */
export function openPlainDrawing(canvas: HTMLCanvasElement): Drawing | null {
  const context = canvas.getContext('2d')
  if (context === null) return null
  let kept: PlainPoints | null = null
  let image: ImageData | null = null
  return {
    set(points, colours, left) {
      kept = { points, colours, left }
    },
    draw(camera: Camera, size: Size, pixelRatio: number) {
      const [width, height] = [Math.max(1, Math.round(size.width * pixelRatio)), Math.max(1, Math.round(size.height * pixelRatio))]
      if (canvas.width !== width) canvas.width = width
      if (canvas.height !== height) canvas.height = height
      if (image?.width !== width || image.height !== height) image = context.createImageData(width, height)
      if (kept === null) return
      paintPoints(image, kept, { camera, diameter: pixelRatio * pointSize(kept.left.length, camera.zoom) })
      context.putImageData(image, 0, 0)
    },
    close() {
      kept = image = null
    },
  }
}
