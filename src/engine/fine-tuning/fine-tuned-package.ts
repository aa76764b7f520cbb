/** The package of a fine-tuned model: the parent's parts with new weights, and a card that says where it comes from. */
import { join } from 'node:path'
import type { GateReport } from '#shared/fine-tuning.ts'
import type { FineTuneRecipe, Snapshot } from '#shared/domain.ts'
import { writeModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import type { GrownCaptioner } from '#engine/training/data/grow-vocabulary.ts'
import { schoolingOf, settledRecipe } from './learning-method.ts'
import type { Finished } from './fine-tune.ts'
import type { FineTuned } from './fine-tuned.ts'

export interface FineTunedModel {
  /** Also its folder's name. */
  id: string
  name: string
  parent: ModelPackage
  /** What was trained: the parent's captioner, with the words that joined. */
  start: Pick<GrownCaptioner, 'captioner' | 'vocabulary'>
  /** What it learned from: a frozen snapshot, or a file. */
  data: Snapshot | { file: string }
  digests: FineTuned['digests']
  recipe: FineTuneRecipe
  finished: Finished
  gate: GateReport
  counts: {
    corrections: number
    replayed: number
    ownCaptions: number
    heldOut: number
    stopping: number
    joined: readonly string[]
    unknown: readonly string[]
  }
}

/** Writes the package among the models; a resumed job writes the same one again. Returns its folder and id. */
export async function writeFineTunedPackage(modelsFolder: string, model: FineTunedModel): Promise<{ id: string; folder: string }> {
  const { id, parent, start, name, data, finished, gate } = model
  const recipe = settledRecipe(model.recipe, parent.manifest)
  const folder = join(modelsFolder, id)
  await writeModelPackage(
    folder,
    {
      name,
      config: start.captioner.config,
      weights: finished.weights,
      encoder: parent.manifest.encoder,
      vocabulary: start.vocabulary,
      documentFrequency: await parent.documentFrequency(),
      provenance: {
        parent: parent.manifest.id,
        snapshot: 'file' in data ? null : { id: data.id, name: data.name },
        recipe: { ...recipe, schooling: schoolingOf(parent.manifest), method: gate.method, kept: gate.keep, given: model.recipe },
        seed: recipe.seed,
        data: model.digests,
        metrics: [],
        created: new Date().toISOString(),
        trainingSeconds: finished.seconds,
      },
      card: card(model),
      extraFiles: { 'gate.json': `${JSON.stringify(gate, null, 2)}\n` },
    },
    { replace: true },
  )
  return { id, folder }
}

/** `Snow, take 2` of job 7 → `snow-take-2-7`: unique in the workspace, and a folder's name everywhere. */
export function modelIdOf(name: string, jobId: number): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/gu) ?? ['model']
  return `${words.join('-').slice(0, 60)}-${jobId}`
}

const listed = (words: readonly string[]): string => `${words.slice(0, 30).join(', ')}${words.length > 30 ? ', …' : ''}`

const endings = { done: 'all epochs were done', 'no-gain': 'the held-out corrections no longer gained', kept: 'it was ended by hand' } as const

function card({ id, name, parent, data, digests, recipe, finished, gate, counts }: FineTunedModel): string {
  const source = 'file' in data ? `corrections of ${data.file}` : `the snapshot “${data.name}” (number ${data.id}, ${data.createdAt})`
  const joined = counts.joined.length === 0 ? '' : `Words that joined the vocabulary (${counts.joined.length}): ${listed(counts.joined)}. `
  const unknown =
    counts.unknown.length === 0
      ? 'The vocabulary holds every word of the corrections.'
      : `Words of the corrections that the vocabulary lacks (${counts.unknown.length}): ${listed(counts.unknown)}.`
  const own = counts.ownCaptions === 0 ? '' : ` (${counts.ownCaptions} of them with the parent’s own captions)`
  const best = finished.bestStep === null || counts.heldOut === 0 ? `those of step ${finished.step}` : `those of step ${finished.bestStep}`
  return `# ${name}

Fine-tuned from **${parent.manifest.name}** (\`${parent.manifest.id}\`) on ${source}.

## Data

${counts.corrections} corrected photos to learn from, ${counts.heldOut} held out to judge by${counts.stopping === 0 ? '' : `, ${counts.stopping} held out to stop by`}, ${counts.replayed} photos rehearsed against forgetting${own}.
${joined}${unknown}
SHA-256 of photos and texts: \`${digests.learned.slice(0, 16)}\` learned from, \`${digests.judged.slice(0, 16)}\` judged by.

## Gate

${gate.reason}

## Training

${gate.method}

${finished.step} steps in ${(finished.seconds / 60).toFixed(1)} minutes; it ended because ${endings[finished.reason]}. The weights kept are ${best}: ${Math.round(100 * gate.keep)} % of the way from its parent’s.

\`\`\`json
${JSON.stringify(recipe, null, 2)}
\`\`\`

${repeating(id, parent.manifest.id, data)}

${'file' in data ? '`gate.json` holds its scores beside its parent’s.' : 'Its scores beside its parent’s are in the workspace, under Models.'}
`
}

/** The command that repeats it, to the bit on the same number of threads. */
function repeating(id: string, parent: string, data: FineTunedModel['data']): string {
  const from =
    'file' in data
      ? `--model ${parent} --corrections ${data.file} --images … --recipe ${id}`
      : `--model ${parent} --corrections <workspace> --snapshot ${data.id} --recipe ${id}`
  const elsewhere =
    'file' in data
      ? 'with the same `--rehearse` files, where there were any'
      : 'or, without the workspace, `--corrections <exported snapshot> --images …`; `--recipe` takes this package’s folder, or a file with the lines above'
  return `Repeat it with \`capstan fine-tune ${from}\`, ${elsewhere}. On as many threads it comes out the same, as the two hashes above and that of its weights show.`
}
