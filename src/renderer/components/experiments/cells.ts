/** What the parts of the Experiments view say of cells in the same way. */
import type { Cell, CellGroup, ComparedCell, ExperimentReport } from '#shared/experiments.ts'

/** What a cell is called where its experiment is known: the coordinates that vary. */
export function cellLabel(cell: Cell, cells: readonly ComparedCell[]): string {
  const coordinates = ['encoder', 'captioner', 'recipe', 'seed'] as const
  const varying = coordinates.filter((coordinate) => new Set(cells.map((each) => each.cell[coordinate])).size > 1)
  const shown = varying.length === 0 ? (['captioner'] as const) : varying
  return shown.map((coordinate) => (coordinate === 'seed' ? `seed ${cell.seed}` : cell[coordinate])).join(' · ')
}

/** What a recipe is called beside the others, its seeds taken together. */
export function groupLabel(group: CellGroup, groups: readonly CellGroup[]): string {
  const coordinates = ['encoder', 'captioner', 'recipe'] as const
  const varying = coordinates.filter((coordinate) => new Set(groups.map((each) => each[coordinate])).size > 1)
  return (varying.length === 0 ? (['captioner'] as const) : varying).map((coordinate) => group[coordinate]).join(' · ')
}

/** CIDEr where it was asked for: what captioners are chosen by. */
export function leadingMetric({ metrics }: ExperimentReport): string | null {
  return metrics.find((metric) => metric === 'CIDEr') ?? metrics[0] ?? null
}

/** Colour tokens of lines and bars, in turn. */
const tokens = ['--accent', '--warn', '--good', '--quiet', '--info', '--bad'] as const

export function colourToken(index: number): string {
  return tokens[index % tokens.length] ?? '--accent'
}
