/** What an import leaves out: counted, the first ones named. */
import type { JobFailure } from '#shared/domain.ts'
import type { ImportPreview } from '#shared/exchange.ts'
import { markedReason, type DatasetCaption } from '#engine/datasets/record.ts'

/** Of what is left out this many are told one by one. */
export const toldOneByOne = 200

export class LeftOutList implements Pick<ImportPreview, 'leftOut' | 'marked' | 'reasons'> {
  leftOut = 0
  readonly marked = { rejected: 0, precanned: 0 }
  readonly reasons: JobFailure[] = []

  /** What comes in beside it; what is not told is nothing. */
  preview(brings: Pick<ImportPreview, 'format' | 'photos'> & Partial<ImportPreview>): ImportPreview {
    const { leftOut, marked, reasons } = this
    return { fresh: 0, captions: 0, boxes: 0, models: [], ...brings, leftOut, marked, reasons }
  }

  add(subject: string, reason: string): void {
    this.leftOut += 1
    if (this.reasons.length < toldOneByOne) this.reasons.push({ subject, reason })
  }

  addMarked(subject: string, flags: DatasetCaption['flags']): void {
    for (const flag of flags) this.marked[flag] += 1
    this.add(subject, markedReason(flags))
  }
}

/** How many of what is left out are marked: ` (3 marked as rejected)`, or nothing. */
export function markedAmong({ marked }: Pick<ImportPreview, 'marked'>): string {
  const counts = Object.entries(marked).filter(([, count]) => count > 0)
  return counts.length === 0 ? '' : ` (${counts.map(([flag, count]) => `${count} marked as ${flag}`).join(', ')})`
}
