/** What is there of METEOR and SPICE where the settings say that they are: one line each, nothing is read or run but Java's version. */
import type { ScoringTools, ScoringToolsStatus, ToolStatus } from '#shared/domain.ts'
import { sentence, toReport } from '#shared/errors.ts'
import { findMeteor, requireParaphrases } from '#engine/metrics/meteor/resources.ts'
import { findJava, findSpice } from '#engine/metrics/spice/installation.ts'

export async function scoringToolsStatus(tools: ScoringTools): Promise<ScoringToolsStatus> {
  const [meteorFolder, paraphraseFile, spiceFolder, javaPath] = await Promise.all([meteor(tools), paraphrases(tools), spice(tools), java(tools)])
  return { meteorFolder, paraphraseFile, spiceFolder, javaPath }
}

async function meteor({ meteorFolder }: ScoringTools): Promise<ToolStatus> {
  if (meteorFolder === '') {
    return { state: 'not-chosen', sentence: 'Not chosen: WordNet 3.1 stands in, and the score is named “METEOR (WordNet 3.1, no paraphrases)”.' }
  }
  return found(async () => {
    const place = await findMeteor(meteorFolder)
    return place.kind === 'jar' ? `Found in ${place.path}.` : `Found: the resources in ${place.path}.`
  })
}

async function paraphrases({ meteorFolder, paraphraseFile }: ScoringTools): Promise<ToolStatus> {
  if (meteorFolder === '') return { state: 'not-chosen', sentence: 'Used only together with METEOR’s own resources.' }
  if (paraphraseFile !== '') {
    return found(async () => {
      await requireParaphrases(paraphraseFile)
      return 'Found.'
    })
  }
  const beside = (await findMeteor(meteorFolder).catch(() => undefined))?.paraphrases
  if (beside !== undefined) return { state: 'ready', sentence: `Found beside the resources: ${beside}.` }
  return { state: 'not-chosen', sentence: 'None beside the resources: the score is named “METEOR (no paraphrases)”.' }
}

async function spice({ spiceFolder, javaPath }: ScoringTools): Promise<ToolStatus> {
  const status = await findSpice({ folder: spiceFolder === '' ? undefined : spiceFolder, java: javaPath === '' ? undefined : javaPath })
  if (status.state === 'ready') return { state: 'ready', sentence: `Found: ${status.installation.jar}, to run with Java ${status.installation.javaVersion}.` }
  return { state: spiceFolder === '' ? 'not-chosen' : 'missing', sentence: status.reason }
}

async function java({ spiceFolder, javaPath }: ScoringTools): Promise<ToolStatus> {
  if (spiceFolder === '' && javaPath === '') return { state: 'not-chosen', sentence: 'Used only by SPICE; left empty, the system’s own is taken.' }
  const status = await findJava(javaPath === '' ? undefined : javaPath)
  return status.state === 'ready'
    ? { state: 'ready', sentence: `Found: Java ${status.version} (${status.java}).` }
    : { state: 'missing', sentence: status.reason }
}

async function found(look: () => Promise<string>): Promise<ToolStatus> {
  try {
    return { state: 'ready', sentence: await look() }
  } catch (error) {
    return { state: 'missing', sentence: sentence(toReport(error)) }
  }
}
