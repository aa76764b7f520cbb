/** Maps, their bases and their colours as a person reads them. */
import { measures, type Side } from '#shared/slices/filters.ts'
import type { MapBasis, MapColour } from '#shared/slices/maps.ts'
import { failureKinds } from '#shared/failures.ts'
import { failureTitles } from '../../format.ts'
import type { LegendEntry } from '../../map/colours.ts'
import { measureTitles, rangeText } from '#shared/slices/titles.ts'

export const basisTitles: Record<MapBasis, string> = { photos: 'Photos', captions: 'Captions', differences: 'Differences' }

/** How near is meant, of a basis and what it is seen by (`''`: by words). */
export function basisText(basis: MapBasis, encoderName: string): string {
  if (basis === 'photos') return `Near: photos that look alike to ${encoderName}.`
  const by = encoderName === '' ? 'by their words (TF–IDF)' : `by the text tower of ${encoderName}`
  if (basis === 'captions') return `Near: captions that say the same, ${by}.`
  return `Near: captions that are wrong in the same way: what they say less the mean of their references, ${by}.`
}

/** What points can be coloured by, of one model or two. */
export function colourChoices(names: Record<Side, string>, two: boolean): { value: string; title: string; colour: MapColour }[] {
  const sides: Side[] = two ? ['model', 'other'] : ['model']
  const own = sides.flatMap((side) =>
    measures.map((measure) => ({
      value: `${side} ${measure}`,
      title: two ? `${measureTitles[measure].title}, ${names[side]}` : measureTitles[measure].title,
      colour: { by: 'measure', side, measure } as const,
    })),
  )
  return [
    ...own,
    ...(two ? [{ value: 'difference', title: `Score of ${names.other} less ${names.model}`, colour: { by: 'difference' } as const }] : []),
    { value: 'kind', title: 'Kind of failure', colour: { by: 'kind' } },
    { value: 'tag', title: 'Tag', colour: { by: 'tag' } },
  ]
}

/** What one colour means. */
export function legendText(entry: LegendEntry, colour: MapColour): string {
  const { name } = entry
  if (name === '') return colour.by === 'kind' ? 'none of these' : colour.by === 'tag' ? 'no tag' : 'not known'
  if (name !== null) {
    const kind = failureKinds.find((each) => each === name)
    return colour.by === 'kind' && kind !== undefined ? failureTitles[kind].title : name
  }
  const digits = (edge: number | null): number | null => (edge === null ? null : Number(edge.toPrecision(3)))
  const range = { from: digits(entry.from), to: digits(entry.to) }
  if (range.from === null && range.to === null) return 'all the same'
  return rangeText(colour.by === 'measure' ? colour.measure : 'score', range)
}
