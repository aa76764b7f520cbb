import { AppError } from '#shared/errors.ts'

/** Fewer corrections than this teach a captioner nothing but to repeat them. */
export const fewestCorrections = 5

/** @throws AppError `too-little-data` that says how many corrections are missing */
export function requireCorrections(corrections: number): void {
  if (corrections >= fewestCorrections) return
  const missing = fewestCorrections - corrections
  throw new AppError(
    'too-little-data',
    `The snapshot holds ${corrections} corrected ${corrections === 1 ? 'image' : 'images'}; fine-tuning needs ${fewestCorrections}.`,
    { kept: 'Nothing was changed.', todo: `Correct ${missing} more ${missing === 1 ? 'image' : 'images'} and freeze a new snapshot.` },
  )
}
