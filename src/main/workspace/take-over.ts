/** One workspace in place of another: nobody is left with none because the other one does not open. */
import { AppError, sentence, toReport } from '#shared/errors.ts'

export interface TakeOver<Opened> {
  /** The workspace that is open, or undefined. */
  former: { folder: string; name: string } | undefined
  /** The folder of the other one. */
  folder: string
  close(): Promise<void>
  open(): Promise<Opened>
  /** Opens the former one again. */
  reopen(folder: string): Promise<unknown>
}

/** Closes the former workspace and opens the other. @throws AppError of the opening that failed, with what became of the former workspace */
export async function takeOver<Opened>({ former, folder, close, open, reopen }: TakeOver<Opened>): Promise<Opened> {
  await close()
  try {
    return await open()
  } catch (error) {
    // Opened in place of itself it would only fail again.
    if (former === undefined || former.folder === folder) throw error
    const { code, happened, kept, todo } = toReport(error)
    const said = (more: { kept: string; todo: string }): AppError => new AppError(code, happened, { ...more, cause: error })
    const told = (...sentences: string[]): string => sentences.filter(Boolean).join(' ')
    try {
      await reopen(former.folder)
    } catch (again) {
      throw said({ kept, todo: told(todo, `The workspace “${former.name}” could not be opened again either: ${sentence(toReport(again))}`) })
    }
    throw said({ kept: told(kept, `The workspace “${former.name}” is open again.`), todo })
  }
}
