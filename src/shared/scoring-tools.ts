/** Scorers that a person may have beside Capstan: where they are, and what was found there. */
import { z } from 'zod'

const toolPath = z.string().max(4096).default('')

/** Where the person keeps scorers that Capstan does not ship; '' = nowhere. */
export const scoringToolsSchema = z.object({
  /** METEOR's folder, its `resources` folder or `meteor-1.5.jar`. */
  meteorFolder: toolPath,
  /** `paraphrase-en.gz`, where it does not lie beside METEOR's resources. */
  paraphraseFile: toolPath,
  spiceFolder: toolPath,
  /** Java 8 for SPICE; '' = the system's. */
  javaPath: toolPath,
})
export type ScoringTools = z.infer<typeof scoringToolsSchema>

/** What was found of a tool, in one line. */
export interface ToolStatus {
  state: 'ready' | 'missing' | 'not-chosen'
  sentence: string
}
export type ScoringToolsStatus = Record<keyof ScoringTools, ToolStatus>
