/** The figures that My work shows beside counts, in the order and the words in which it does. */
import type { WorkFigures } from '#shared/annotation/work-figures.ts'
import { count, percent } from '../../format.ts'

export type FigureKey = 'perHour' | 'medianSeconds' | 'acceptedShare' | 'editDistance'

export interface Figure {
  key: FigureKey & keyof WorkFigures
  title: string
  short: string
  says(value: number): string
  shown(value: number | null): string
  /** What the highest bar of a chart stands for. */
  most?: number
}

function figure(key: FigureKey, title: string, short: string, says: (value: number) => string, most?: number): Figure {
  return { key, title, short, says, shown: (value) => (value === null ? '–' : says(value)), ...(most === undefined ? {} : { most }) }
}

export const figures: readonly Figure[] = [
  figure('perHour', 'Captions an hour', 'An hour', (value) => count(Math.round(value))),
  figure('medianSeconds', 'Median seconds a caption', 'Median', (value) => `${value.toFixed(1)} s`),
  figure('acceptedShare', 'Accepted untouched', 'Untouched', percent, 1),
  figure('editDistance', 'Words changed a correction', 'Words changed', (value) => value.toFixed(1)),
]
