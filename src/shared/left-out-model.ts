/** Model packages that are not used: damaged ones, and those whose id another one has. */
import type { ErrorReport } from './errors.ts'

export interface LeftOutModel {
  folder: string
  report: ErrorReport
}

/** Why a package stands back behind another of its id, which was found first. */
export function behindItsNamesake(folder: string, id: string, first: string): ErrorReport {
  return {
    code: 'conflict',
    happened: `The model package ${folder} has the id “${id}” of another, ${first}.`,
    kept: 'The other one counts; this one is left out.',
    todo: 'Give one of them another id, or take it away.',
  }
}
