/** What went wrong in SPICE, from what it printed: its known failures in words that say what to do. */
import { AppError } from '#shared/errors.ts'

const knownFailures: readonly (readonly [sign: RegExp, happened: string, todo: string])[] = [
  [/OutOfMemoryError|Could not reserve enough space/u, 'SPICE ran out of memory.', 'Give it more (8 GB for COCO), or score fewer images.'],
  [/lmdbjni|LMDBException/u, "SPICE's cache failed or has no build for this processor.", 'Run SPICE without a cache folder.'],
  [/UnsupportedClassVersionError/u, 'This Java is too old for SPICE.', 'Point to Java 8.'],
  [/InaccessibleObjectException|ScriptEngine/u, 'This Java is too new for SPICE.', 'Point to Java 8.'],
  [
    /NoClassDefFoundError|ClassNotFoundException|Unable to open .*model/u,
    'SPICE does not find its libraries.',
    'Check that its lib folder holds Stanford CoreNLP 3.6.0 and its models, complete.',
  ],
]

/** The error for a run that gave no result; `printed` is the end of what SPICE printed. */
export function spiceFailure(exitCode: number | null, printed: string): AppError {
  const known = knownFailures.find(([sign]) => sign.test(printed))
  const kept = 'No SPICE score was stored.'
  if (known !== undefined) return new AppError('crashed', known[1], { kept, todo: known[2], cause: new Error(printed) })
  const lastWords = printed.trim().split('\n').slice(-3).join(' ').slice(0, 400)
  return new AppError('crashed', `SPICE ended without a result (exit code ${exitCode ?? 'none'}): ${lastWords || 'it printed nothing'}.`, {
    kept,
    todo: 'Run it once by hand to see more.',
    cause: new Error(printed),
  })
}
