/** Texts that stand beside photos: a caption each, or one a line. */
import type { DatasetReading } from '../format.ts'

/** Bytes of a text beside one photo. */
export const largestText = 4_000_000

/** The captions of a text, without empty ones. */
export function captionsIn(text: string, { captionIs }: Pick<DatasetReading, 'captionIs'>): string[] {
  return (captionIs === 'line' ? text.split(/\r\n|\n|\r/) : [text]).map((caption) => caption.trim()).filter((caption) => caption !== '')
}
