import { AppError } from '#shared/errors.ts'

/** Fewer corrections than this teach a captioner nothing but to repeat them. */
export const fewestCorrections = 5

/**
 * Held-out corrections judge and teach nothing: they do not count.
 * @throws AppError `too-little-data` that says how many corrections are missing
 */
export function requireCorrections({ corrections, heldOut }: { corrections: number; heldOut: number }): void {
  const missing = fewestCorrections - (corrections - heldOut)
  if (missing <= 0) return
  const images = (count: number, kind: string): string => `${count} ${kind} ${count === 1 ? 'image' : 'images'}`
  const [aside, place] = heldOut === 0 ? ['', ''] : [` and holds ${heldOut} of them out`, ' that no snapshot holds out (those of the dev and test splits always are)']
  throw new AppError('too-little-data', `The snapshot holds ${images(corrections, 'corrected')}${aside}; fine-tuning needs ${fewestCorrections}${heldOut === 0 ? '' : ' to learn from'}.`, {
    kept: 'Nothing was changed.',
    todo: `Correct ${images(missing, 'more')}${place} and freeze a new snapshot.`,
  })
}
