/** Draws points with WebGL: one call for those that filters leave not, one for the others above them. */
import { createBufferInfoFromArrays, createProgramInfo, drawBufferInfo, setBuffersAndAttributes, setUniforms, type BufferInfo } from 'twgl.js'
import { scaleOf, type Camera, type Size } from './camera.ts'
import { fadedOpacity, pointSize, shownOpacity } from './point-size.ts'

export interface Drawing {
  /** x and y, red, green and blue, and whether filters leave it, of each point. */
  set(points: Float32Array, colours: Uint8Array, left: Uint8Array): void
  draw(camera: Camera, size: Size, pixelRatio: number): void
  close(): void
}

const vertexShader = `
attribute vec2 position;
attribute vec3 colour;
uniform vec2 scale;
uniform vec2 middle;
uniform mediump float size;
varying vec3 tint;
void main() {
  gl_Position = vec4((position - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  tint = colour;
}`
const fragmentShader = `
precision mediump float;
uniform float opacity;
uniform float size;
varying vec3 tint;
void main() {
  vec2 fromMiddle = gl_PointCoord - 0.5;
  float edge = 1.5 / size;
  float cover = 1.0 - smoothstep(0.5 - edge, 0.5, length(fromMiddle));
  if (cover <= 0.0) discard;
  gl_FragColor = vec4(tint * opacity * cover, opacity * cover);
}`

/** Null where the window has no WebGL. */
export function openDrawing(canvas: HTMLCanvasElement): Drawing | null {
  const gl = canvas.getContext('webgl', { alpha: true, antialias: false, depth: false, premultipliedAlpha: true, powerPreference: 'high-performance' })
  if (gl === null) return null
  const program = createProgramInfo(gl, [vertexShader, fragmentShader])
  if (program === null) return null
  let faded: BufferInfo | null = null
  let shown: BufferInfo | null = null
  let total = 0
  const forget = (): void => {
    for (const buffers of [faded, shown]) {
      for (const attribute of Object.values(buffers?.attribs ?? {})) gl.deleteBuffer(attribute.buffer)
    }
    faded = shown = null
  }
  const buffers = (points: Float32Array, colours: Uint8Array, left: Uint8Array, wanted: 0 | 1): BufferInfo | null => {
    const places: number[] = []
    left.forEach((value, place) => {
      if (value === wanted) places.push(place)
    })
    if (places.length === 0) return null
    const position = new Float32Array(2 * places.length)
    const colour = new Uint8Array(3 * places.length)
    places.forEach((place, at) => {
      position.set(points.subarray(2 * place, 2 * place + 2), 2 * at)
      colour.set(colours.subarray(3 * place, 3 * place + 3), 3 * at)
    })
    return createBufferInfoFromArrays(gl, { position: { numComponents: 2, data: position }, colour: { numComponents: 3, data: colour, normalize: true } })
  }
  return {
    set(points, colours, left) {
      forget()
      total = left.length
      faded = buffers(points, colours, left, 0)
      shown = buffers(points, colours, left, 1)
    },
    draw(camera, size, pixelRatio) {
      const [width, height] = [Math.max(1, Math.round(size.width * pixelRatio)), Math.max(1, Math.round(size.height * pixelRatio))]
      if (canvas.width !== width) canvas.width = width
      if (canvas.height !== height) canvas.height = height
      gl.viewport(0, 0, width, height)
      gl.clearColor(0, 0, 0, 0)
      gl.clear(gl.COLOR_BUFFER_BIT)
      gl.enable(gl.BLEND)
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
      gl.useProgram(program.program)
      const scale = scaleOf(camera, size)
      const common = {
        scale: [(2 * scale) / size.width, (2 * scale) / size.height],
        middle: [camera.x, camera.y],
        size: pixelRatio * pointSize(total, camera.zoom),
      }
      for (const [buffer, shade] of [
        [faded, fadedOpacity],
        [shown, shownOpacity],
      ] as const) {
        if (buffer === null) continue
        setBuffersAndAttributes(gl, program, buffer)
        setUniforms(program, { ...common, opacity: shade })
        drawBufferInfo(gl, buffer, gl.POINTS)
      }
    },
    close() {
      forget()
      gl.deleteProgram(program.program)
      gl.getExtension('WEBGL_lose_context')?.loseContext()
    },
  }
}
