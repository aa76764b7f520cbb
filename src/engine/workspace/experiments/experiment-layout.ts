/** Where the files of an experiment lie in its folder. */
import { join } from 'node:path'

export interface ExperimentLayout {
  folder: string
  /** The recipe, and where its paths begin. */
  plan: string
  /** `csv` has a row a cell, `overSeeds` a row a recipe. */
  results: { markdown: string; csv: string; overSeeds: string; json: string }
  cell(id: string): CellLayout
}

export interface CellLayout {
  folder: string
  record: string
  /** Held by the process that runs the cell. */
  lock: string
  /** The model package, in a folder of its own whose only package it is. */
  model: string
  checkpoints: string
  /** The curve: it grows beside the checkpoints and is moved to `curve` when the cell is done. */
  growingCurve: string
  curve: string
  /** Per-image scores. */
  scores: string
}

export function experimentLayout(folder: string): ExperimentLayout {
  return {
    folder,
    plan: join(folder, 'experiment.json'),
    results: {
      markdown: join(folder, 'results.md'),
      csv: join(folder, 'results.csv'),
      overSeeds: join(folder, 'results-over-seeds.csv'),
      json: join(folder, 'results.json'),
    },
    cell(id) {
      const home = join(folder, 'cells', id)
      const checkpoints = join(home, 'checkpoints')
      return {
        folder: home,
        record: join(home, 'cell.json'),
        lock: join(home, 'cell.lock'),
        model: join(home, 'model', id),
        checkpoints,
        growingCurve: join(checkpoints, 'curve.jsonl'),
        curve: join(home, 'curve.jsonl'),
        scores: join(home, 'scores.jsonl'),
      }
    },
  }
}
