/** Two models of a workspace on a set, as a report: the same figures as the window's, with what each model is and how its captions were made. */
import { basename } from 'node:path'
import { readManifest } from '#engine/models/model-package.ts'
import { bothEnds, comparisonPage, type ReportedPhoto, type ReportedSystem } from '#engine/reports/comparison-report.ts'
import type { Fact } from '#engine/reports/page.ts'
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { count, countOf, type Comparison, type ComparisonRow, type EvaluationSet } from '#shared/domain.ts'
import type { ReportSubject } from '#shared/exchange.ts'
import type { JobContext } from '#shared/jobs.ts'
import { setTitles } from '#shared/metrics/evaluations.ts'
import { metricNames, metricTitle } from '#shared/metrics/table.ts'
import { captionBeams } from '../../workspace/repositories/captions.ts'
import { getImages } from '../../workspace/repositories/images.ts'
import { getModel, listEvaluations, listModels, type ModelRecord } from '../../workspace/repositories/models.ts'
import { getSnapshot } from '../../workspace/repositories/snapshots.ts'
import { compareModels } from '../../workspace/scores/comparisons.ts'
import { imagesOfSet, judgedAmong } from '../../workspace/scores/image-sets.ts'
import type { Database } from '../../workspace/storage/database.ts'
import { reportedPicture } from './reported-picture.ts'

type Subject = Extract<ReportSubject, { kind: 'comparison' }>

/** The page. @throws AppError `not-found` for an unknown model, `cancelled` */
export async function comparedModelsPage(database: Database, about: Subject, context: JobContext): Promise<string> {
  const { beforeId, afterId, set, metric } = about
  context.progress({ done: 0, total: 0, unit: 'photos', message: 'Comparing' })
  const comparison = await compareModels(database, { beforeId, afterId, set, metric })
  const models = [beforeId, afterId].map((id) => getModel(database, id))
  const { rows } = comparison
  const { worst, best } = bothEnds(rows.map(({ delta }) => delta))
  const photos = await reportedPhotos(
    database,
    context,
    set,
    [...worst, ...best].map((place) => rows[place]),
  )
  return comparisonPage({
    title: `${models[0].name} and ${models[1].name}`,
    set: setTitles[set],
    photos: comparison.images,
    facts: scoringFacts(database, afterId, set),
    systems: await Promise.all(models.map((model) => reportedSystem(database, model, set))),
    metrics: metricNames.flatMap((name) => {
      const [before, after] = [comparison.before[name], comparison.after[name]]
      if (before === undefined && after === undefined) return []
      return [{ title: metricTitle(name), scores: [before ?? null, after ?? null], differences: [differenceIn(comparison, name)] }]
    }),
    metric: metricTitle(metric),
    pairs: [
      {
        name: models[1].name,
        differences: rows.flatMap(({ delta }) => (delta === null ? [] : [delta])),
        worst: photos.slice(0, worst.length),
        best: photos.slice(worst.length),
      },
    ],
    notes: notesOf(comparison),
    commands: commandsOf(basename(context.environment.workspaceFolder), about),
    madeAt: new Date().toISOString().slice(0, 10),
  })
}

function differenceIn({ before, after, intervals, pValues }: Comparison, name: (typeof metricNames)[number]) {
  const [one, other] = [before[name], after[name]]
  return one === undefined || other === undefined ? null : { value: other - one, interval: intervals[name] ?? null, p: pValues[name] ?? null }
}

/** With pictures of those whose photo still lies there as it was imported. */
async function reportedPhotos(database: Database, context: JobContext, set: EvaluationSet, rows: readonly ComparisonRow[]): Promise<ReportedPhoto[]> {
  const ids = rows.map(({ imageId }) => imageId)
  const references = new Map(judgedAmong(database, set, ids).map(({ imageId, references: texts }) => [imageId, texts]))
  const images = new Map(getImages(database, ids).map((image) => [image.id, image]))
  const photos: ReportedPhoto[] = []
  for (const { imageId, fileName, before, after, beforeScore, afterScore } of rows) {
    throwIfCancelled(context)
    await context.unpaused()
    context.progress({ done: photos.length, total: rows.length, unit: 'photos', message: 'Reading photos' })
    const picture = await reportedPicture(context, images.get(imageId))
    const sides = { before: { text: before, score: beforeScore }, after: { text: after, score: afterScore } }
    photos.push({ name: fileName, picture, references: references.get(imageId) ?? [], ...sides })
  }
  return photos
}

async function reportedSystem(database: Database, model: ModelRecord, set: EvaluationSet): Promise<ReportedSystem> {
  const { source, snapshotId, createdAt } = model
  const beams = captionBeams(database, model.id, imagesOfSet(database, set))
  const lineage = lineageOf(model, listModels(database))
  const facts: Fact[] = [
    { title: 'Id', value: model.id },
    { title: 'Since', value: createdAt.slice(0, 10) },
    ...(lineage.length === 0 ? [] : [{ title: 'Comes from', value: lineage.join(' ← ') }]),
    ...(snapshotId === null ? [] : [{ title: 'Learned from', value: `the snapshot ${getSnapshot(database, snapshotId).name}` }]),
  ]
  if (source.kind === 'external') {
    const told = [source.note, source.licence === '' ? '' : `Licence: ${source.licence}`].filter((text) => text !== '')
    facts.push({ title: 'Captions', value: `of another captioner, from ${basename(source.file)}, version ${source.version}` })
    return { name: model.name, facts: [...facts, ...told.map((value) => ({ title: 'Note', value }))] }
  }
  const widths = beams.map((beam) => (beam === 1 ? 'greedy (beam 1)' : `beam ${beam}`)).join(', ')
  facts.push(
    { title: 'Captions', value: widths === '' ? 'none left' : `by ${widths}` },
    { title: 'Captioner', value: `${source.architecture}, ${count(source.parameters)} parameters` },
    { title: 'Encoder', value: source.encoderId },
  )
  // A package that is away or damaged still has its captions and scores here.
  const hash = await readManifest(model.folder).then(
    ({ files }) => files.weights.sha256,
    () => 'the package is not there',
  )
  return { name: model.name, facts: [...facts, { title: 'SHA-256 of its weights', value: hash }] }
}

/** Its parent, that one's parent, and so on, as far as they are known. */
function lineageOf(model: ModelRecord, all: readonly ModelRecord[]): string[] {
  const names: string[] = []
  const seen = new Set([model.id])
  for (let { parentId } = model; parentId !== null && !seen.has(parentId);) {
    seen.add(parentId)
    const parent = all.find(({ id }) => id === parentId)
    names.push(parent?.name ?? parentId)
    parentId = parent?.parentId ?? null
  }
  return names
}

function scoringFacts(database: Database, modelId: string, set: EvaluationSet): Fact[] {
  const evaluation = listEvaluations(database).find((each) => each.modelId === modelId && each.set === set)
  if (evaluation === undefined) return []
  const { provenance, documentFrequencyId, documentFrequencyImages } = evaluation
  const images = countOf(documentFrequencyImages, 'image')
  const own = provenance?.documentFrequency === 'evaluated'
  return [
    ...(provenance === undefined ? [] : [{ title: 'Words', value: `by ${provenance.tokenizer}` }]),
    { title: 'CIDEr', value: own ? `by the ${images} evaluated` : `by the table ${documentFrequencyId.slice(0, 8)} of ${images}` },
    ...(provenance?.meteor === undefined ? [] : [{ title: 'METEOR', value: `${provenance.meteor.name} with ${provenance.meteor.resources}` }]),
    ...(provenance?.spice === undefined ? [] : [{ title: 'SPICE', value: `with Java ${provenance.spice.java}` }]),
  ]
}

function notesOf({ intervals, leftOut }: Comparison): string[] {
  return [
    ...(Object.keys(intervals).length === 0 ? ['These photos cannot say how sure the differences are: no interval is given, and nothing is coloured.'] : []),
    ...(leftOut === 0 ? [] : [`${countOf(leftOut, 'photo')} of the set are left out.`]),
    'Where CIDEr stands on a stored table, document-frequency writes the one in force; its id has to be the one above.',
  ]
}

/** The texts out of the workspace, and the same comparison over them. */
function commandsOf(workspace: string, { beforeId, afterId, set }: Subject): string[] {
  const place = `'${workspace.replaceAll("'", "'\\''")}'`
  const of = (file: string, what: string): string => `capstan export ${place} ${file} ${what} --set '${set}'`
  if (set === 'held-out corrections') {
    return [
      of('before.json', `--what candidates --model ${beforeId}`),
      of('after.json', `--what candidates --model ${afterId}`),
      'The corrections are in the snapshots that hold them out: capstan export --snapshot.',
    ]
  }
  return [
    of('references.json', '--what references'),
    of('before.json', `--what candidates --model ${beforeId}`),
    of('after.json', `--what candidates --model ${afterId}`),
    `capstan document-frequency --workspace ${place} --out table.gz`,
    'capstan compare before.json after.json --references references.json --document-frequency table.gz --report report.html',
  ]
}
