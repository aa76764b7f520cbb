/** What plots are made of: scales with round ticks, and SVG text. Plots are white sheets, so that they read the same wherever they are shown. */

export interface Scale {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

export interface Range {
  readonly low: number
  readonly high: number
}

/** Colours that keep apart in print and for most colour-blind eyes (after Okabe and Ito), dark enough on white. */
export const palette = ['#0b6584', '#c2410c', '#15803d', '#7c3aed', '#a16207', '#be185d', '#0f766e', '#475569'] as const

export const ink = { text: '#1f2937', muted: '#5b6675', grid: '#e5e7eb', axis: '#6b7280' } as const

export function colourOf(index: number): string {
  return palette[index % palette.length]
}

/** The extent of some values; from 0 to 1 where there are none. */
export function rangeOf(values: readonly number[]): Range {
  const finite = values.filter(Number.isFinite)
  return finite.length === 0 ? { low: 0, high: 1 } : { low: Math.min(...finite), high: Math.max(...finite) }
}

/** A scale over a range that begins and ends at round numbers (1, 2 or 5 times a power of ten), with about `count` ticks. */
export function scaleOver({ low, high }: Range, count = 5): Scale {
  const spread = high > low ? high - low : Math.max(Math.abs(high), 1) / 10
  const rough = spread / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10) * power
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
  return { low: first * step, high: last * step, ticks }
}

/** Where a value lies between two places. */
export function placeOn({ low, high }: Scale, value: number, from: number, to: number): number {
  return from + ((value - low) / (high - low)) * (to - from)
}

/** A tick's number without digits that say nothing. */
export function tickText(value: number, { ticks }: Scale): string {
  const step = Math.abs(ticks[1] - ticks[0])
  return value.toFixed(Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))))
}

export interface TextOptions {
  anchor?: 'start' | 'middle' | 'end'
  colour?: string
  size?: number
  weight?: number
}

export function svgText(x: number, y: number, text: string, { anchor = 'start', colour = ink.text, size = 12, weight = 400 }: TextOptions = {}): string {
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" fill="${colour}" font-size="${size}" font-weight="${weight}">${escaped(text)}</text>`
}

export function svgLine(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1): string {
  return `<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" stroke="${colour}" stroke-width="${width}" fill="none"/>`
}

export function svgSheet(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="white"/>
${parts.join('\n')}
</svg>
`
}

/** The size of a plot that `svgSheet` made. */
export function plotSize(svg: string): { width: number; height: number } {
  const [width = 0, height = 0] = ['width', 'height'].map((side) => Number(new RegExp(`^<svg [^>]*\\b${side}="(\\d+)"`).exec(svg)?.[1] ?? 0))
  return { width, height }
}

export function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
