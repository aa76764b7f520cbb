/** The one place that says how the workspace parts captions into words for its scores. */
import { tokenize } from '../text/simple-tokenizer.ts'

export const scoringTokenizer = 'simple'

export function scoringTokens(caption: string): string[] {
  return tokenize(caption)
}
