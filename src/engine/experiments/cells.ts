/** From an experiment's recipe to its cells: every encoder with every captioner, training recipe and seed. */
import { z } from 'zod'
import { parseRecipe, type AnyRecipe } from '#engine/training/runs/staged-recipe.ts'
import { cellSchema, type Cell } from '#shared/experiments.ts'
import { unusable, type Baseline, type ExperimentRecipe } from './recipe.ts'

/** A cell with what it trains. */
export interface PlannedCell extends Cell {
  /** Id or folder of its encoder. */
  encoderSource: string
  training: AnyRecipe
  /** Ids of the cells that it is compared with, one for each baseline of the experiment; null where that is itself. */
  baselines: readonly (string | null)[]
}

/**
 * The cells in the order of the recipe's lists, seeds changing fastest.
 * @throws AppError `bad-input` for a training recipe that cannot be used, names that give the same id, or a baseline that is no cell
 */
export function expandCells(recipe: ExperimentRecipe): PlannedCell[] {
  const cells = recipe.encoders.flatMap(({ name: encoder, encoder: encoderSource }) =>
    recipe.captioners.flatMap((captioner) =>
      recipe.recipes.flatMap((training) =>
        recipe.seeds.map((seed) => {
          const cell = cellOf({ encoder, captioner: captioner.name, recipe: training.name, seed })
          return { ...cell, encoderSource, training: trainingOf(cell, training, captioner.captioner) }
        }),
      ),
    ),
  )
  const ids = new Set<string>()
  for (const { id } of cells) {
    if (ids.has(id)) throw unusable(`two cells have the id “${id}”: names must differ in letters or digits`)
    ids.add(id)
  }
  return cells.map((cell) => ({ ...cell, baselines: recipe.baselines.map((baseline) => baselineOf(cell, baseline, ids)) }))
}

/** What a baseline is called: `encoder openimages-ssd, seed 1`. */
export function baselineTitle(baseline: Baseline): string {
  return Object.entries(baseline)
    .map(([coordinate, value]) => `${coordinate} ${value}`)
    .join(', ')
}

function cellOf(coordinates: Omit<Cell, 'id'>): Cell {
  const { encoder, captioner, recipe, seed } = coordinates
  const id = `${[encoder, captioner, recipe].map(slug).join('_')}_seed-${seed}`
  const parsed = cellSchema.safeParse({ id, ...coordinates })
  if (parsed.success) return parsed.data
  throw unusable(`“${id}” cannot name a folder: names need letters or digits, and together at most 80 of them`)
}

/** A name as part of a folder's name. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** The training recipe, of one stage or several, with the cell's captioner and seed. */
function trainingOf({ id, seed }: Cell, training: ExperimentRecipe['recipes'][number], captioner: Record<string, unknown>): AnyRecipe {
  const shared = z.record(z.string(), z.unknown()).safeParse(training['captioner'] ?? {})
  return parseRecipe({ ...training, captioner: { ...shared.data, ...captioner } }, `of the cell ${id}`, seed)
}

function baselineOf(cell: Cell, baseline: Baseline, ids: ReadonlySet<string>): string | null {
  const { id } = cellOf({
    encoder: baseline.encoder ?? cell.encoder,
    captioner: baseline.captioner ?? cell.captioner,
    recipe: baseline.recipe ?? cell.recipe,
    seed: baseline.seed ?? cell.seed,
  })
  if (!ids.has(id)) throw unusable(`the baseline ${baselineTitle(baseline)} is no cell of the experiment`)
  return id === cell.id ? null : id
}
