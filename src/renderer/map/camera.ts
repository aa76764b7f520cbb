/** Where one looks at a map from: the point in the middle, and how near. Points are within −1 to 1; pixels go right and down. */

export interface Camera {
  x: number
  y: number
  /** 1: all of it is in sight */
  zoom: number
}

export interface Size {
  width: number
  height: number
}

export interface Spot {
  x: number
  y: number
}

export const wholeMap: Camera = { x: 0, y: 0, zoom: 1 }
const nearest = 400
const margin = 0.94

/** Pixels for a length of 1. */
export function scaleOf({ zoom }: Camera, { width, height }: Size): number {
  return (zoom * margin * Math.max(1, Math.min(width, height))) / 2
}

export function toScreen(camera: Camera, size: Size, { x, y }: Spot): Spot {
  const scale = scaleOf(camera, size)
  return { x: size.width / 2 + (x - camera.x) * scale, y: size.height / 2 - (y - camera.y) * scale }
}

export function toMap(camera: Camera, size: Size, { x, y }: Spot): Spot {
  const scale = scaleOf(camera, size)
  return { x: camera.x + (x - size.width / 2) / scale, y: camera.y - (y - size.height / 2) / scale }
}

/** Nearer or farther, what is at a spot of the screen staying there. */
export function zoomed(camera: Camera, size: Size, factor: number, at: Spot): Camera {
  const zoom = Math.min(nearest, Math.max(1, camera.zoom * factor))
  const fixed = toMap(camera, size, at)
  const moved = toMap({ ...camera, zoom }, size, at)
  return within({ zoom, x: camera.x + fixed.x - moved.x, y: camera.y + fixed.y - moved.y })
}

/** Moved by so many pixels of the screen. */
export function panned(camera: Camera, size: Size, by: Spot): Camera {
  const scale = scaleOf(camera, size)
  return within({ ...camera, x: camera.x - by.x / scale, y: camera.y + by.y / scale })
}

/** The middle stays on the map. */
function within({ x, y, zoom }: Camera): Camera {
  const clamp = (value: number): number => Math.min(1, Math.max(-1, value))
  return { x: clamp(x), y: clamp(y), zoom }
}

/** Moved so far that a point is in sight. */
export function showing(camera: Camera, size: Size, point: Spot): Camera {
  const { x, y } = toScreen(camera, size, point)
  const edge = 24
  const inSight = x >= edge && x <= size.width - edge && y >= edge && y <= size.height - edge
  return inSight ? camera : within({ ...camera, x: point.x, y: point.y })
}
