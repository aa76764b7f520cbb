/** The one place that says how the workspace parts captions into words for its scores: as coco-caption does. */
import { ptbTokenize } from '#engine/text/ptb-tokenizer.ts'

/** Its name in document-frequency tables: a table counted over other words is never used with these. */
export const scoringTokenizer = 'ptb'

export function scoringTokens(caption: string): string[] {
  return ptbTokenize(caption)
}
