/**
 * Colours of points: five steps of viridis for numbers, Paul Tol's bright scheme for names; both can be told apart by people who see colours differently.
 * The lowest numbers stand out most on either ground.
 */
import { mostNames, noName, otherName, type MapValues } from '#shared/slices/maps.ts'

export type Ground = 'light' | 'dark'

const steps: Record<Ground, readonly string[]> = {
  light: ['#440154', '#3e4a89', '#25848e', '#35b779', '#86c93c'],
  dark: ['#fde725', '#8bd646', '#31b57b', '#24868e', '#5568a8'],
}
const names: Record<Ground, readonly string[]> = {
  light: ['#3f6fa8', '#e0556a', '#1f7f33', '#b79f1d', '#3fb2dd', '#a02e72'],
  dark: ['#6f9fdd', '#f2788a', '#4bb863', '#e0cf55', '#7addf7', '#d468ae'],
}
const others: Record<Ground, string> = { light: '#6d7683', dark: '#9aa5b5' }
/** What is not known, or has no name. */
const unknown: Record<Ground, string> = { light: '#b3bcc7', dark: '#566070' }

export interface LegendEntry {
  colour: string
  /** Of numbers: from this one on (null: from the lowest); of names: null */
  from: number | null
  to: number | null
  /** Of names; null of numbers. `''`: not known, or without a name. */
  name: string | null
  points: number
}

export interface Colouring {
  /** Index into `legend` for each place */
  of: Uint8Array
  legend: LegendEntry[]
}

/** Parts numbers at their fifths, or takes names as they are, and says what each colour means. */
export function colouringOf(values: MapValues, ground: Ground): Colouring {
  const { of, entries } = values.kind === 'numbers' ? byNumbers(values.values, ground) : byNames(values, ground)
  const points = new Array<number>(entries.length).fill(0)
  for (const entry of of) points[entry] = (points[entry] ?? 0) + 1
  return { of, legend: entries.map((entry, index) => ({ ...entry, points: points[index] ?? 0 })) }
}

type Entry = Omit<LegendEntry, 'points'>

function byNumbers(values: Float32Array, ground: Ground): { of: Uint8Array; entries: Entry[] } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const edges: number[] = []
  for (let fifth = 1; fifth < 5; fifth++) {
    const edge = sorted[Math.floor((fifth * sorted.length) / 5)]
    if (edge !== undefined && edge > (edges.at(-1) ?? sorted[0] ?? edge)) edges.push(edge)
  }
  const palette = edges.length === 4 ? steps[ground] : edges.map((_, index) => steps[ground][Math.round((index * 4) / Math.max(1, edges.length))] ?? '')
  const last = steps[ground][4] ?? ''
  const entries: Entry[] = [...edges, null].map((to, index) => ({
    colour: index === edges.length ? last : (palette[index] ?? last),
    from: index === 0 ? null : (edges[index - 1] ?? null),
    to,
    name: null,
  }))
  entries.push({ colour: unknown[ground], from: null, to: null, name: '' })
  const of = new Uint8Array(values.length)
  values.forEach((value, place) => {
    let step = 0
    while (step < edges.length && value >= (edges[step] ?? Infinity)) step++
    of[place] = Number.isNaN(value) ? entries.length - 1 : step
  })
  return { of, entries }
}

function byNames({ names: own, of }: Extract<MapValues, { kind: 'names' }>, ground: Ground): { of: Uint8Array; entries: Entry[] } {
  const colour = (index: number, name: string): string => (index >= mostNames && name === otherName ? others[ground] : (names[ground][index] ?? others[ground]))
  const entries: Entry[] = own.map((name, index) => ({ colour: colour(index, name), from: null, to: null, name }))
  entries.push({ colour: unknown[ground], from: null, to: null, name: '' })
  return { of: of.map((name) => (name === noName ? own.length : name)), entries }
}

/** `#rrggbb` as bytes. */
export function bytesOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}
