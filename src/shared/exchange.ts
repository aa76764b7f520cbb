/** Captions that come in and go out: what an import and an export are told, what a file is recognised as, what a preview says. */
import { z } from 'zod'
import { evaluationSets, libraryFilterSchema, metricNames, splits, type JobFailure } from './domain.ts'
import { experimentIdSchema } from './experiments.ts'

export const path = z.string().min(1).max(4096)
export const imageId = z.number().int().positive()
/** Images that pass a filter, or that are named. */
export const scopeSchema = z.object({ filter: libraryFilterSchema.optional(), imageIds: z.array(imageId).optional() })

const column = z.string().min(1).max(200)

/** How text files are written; anything but UTF-8 is converted when a person says so. */
export const encodings = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const
export type Encoding = (typeof encodings)[number]
export const encodingTitles: Record<Encoding, string> = {
  'utf-8': 'UTF-8',
  'windows-1252': 'Windows-1252',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
}

/** What a column of a table may say. */
export const columnRoles = ['photo', 'id', 'caption', 'author', 'split'] as const
export type ColumnRole = (typeof columnRoles)[number]
export const columnsSchema = z.object({ photo: column, id: column, caption: column, author: column, split: column }).partial()
/** Which column says what. */
export type Columns = z.infer<typeof columnsSchema>

/** A file of captions in any format of the table, and how it is to be read. */
const captionsFile = {
  file: path,
  /** An id of the table; without it the file is recognised by its content. */
  format: z.string().max(40).optional(),
  encoding: z.enum(encodings).optional(),
  columns: columnsSchema.optional(),
  /** Captions that their data set marks as rejected or precanned come too. */
  marked: z.boolean().default(false),
  /** Of text files beside photos: what one caption is. */
  captionIs: z.enum(['file', 'line']).optional(),
}

/** Of text files beside photos: each is one caption, or each of their lines is. */
export type CaptionIs = 'file' | 'line'

/** Captions of another captioner: an external model. */
export const resultsSourceSchema = z.object({
  kind: z.literal('results'),
  ...captionsFile,
  modelName: z.string().trim().min(1).max(200),
  note: z.string().max(2000).default(''),
  licence: z.string().max(500).default(''),
})
export type ResultsSource = z.infer<typeof resultsSourceSchema>

export const textRoles = ['references', 'corrections', 'drafts'] as const
export type TextRole = (typeof textRoles)[number]

/** Captions of photos that the workspace has: further references, or what people wrote elsewhere. */
export const textsSourceSchema = z.object({ kind: z.literal('texts'), ...captionsFile, as: z.enum(textRoles) })
export type TextsSource = z.infer<typeof textsSourceSchema>

/** Photos with their captions as references. `split` is that of photos whose own neither the file nor a list says. */
export const captionsSourceSchema = z.object({
  kind: z.literal('captions'),
  ...captionsFile,
  imageRoot: path,
  split: z.enum(splits).default('none'),
  lists: z.object({ train: path.optional(), dev: path.optional(), test: path.optional() }).default({}),
  /** Photos inside of tar and Parquet files are written into this new folder, and imported from there. */
  unpackTo: path.optional(),
})
export type CaptionsSource = z.infer<typeof captionsSourceSchema>

/** Objects of photos that the workspace has, with their boxes: COCO instances. */
export const instancesSourceSchema = z.object({ kind: z.literal('instances'), file: path })
export type InstancesSource = z.infer<typeof instancesSourceSchema>

export const folderSourceSchema = z.object({ kind: z.literal('folder'), folder: path, split: z.enum(splits).default('none') })

export const importSourceSchema = z.discriminatedUnion('kind', [
  folderSourceSchema,
  captionsSourceSchema,
  resultsSourceSchema,
  textsSourceSchema,
  instancesSourceSchema,
])
export type ImportSource = z.infer<typeof importSourceSchema>

/** What a folder or file is that a person dropped on the window: a workspace to open, or what the import dialog is to be filled with. */
export type DroppedThing =
  | { kind: 'workspace'; folder: string }
  | { kind: 'folder'; folder: string }
  | { kind: 'instances'; file: string }
  | {
      kind: 'captions'
      file: string
      imageRoot: string
      lists: { train?: string; dev?: string; test?: string }
      /** What it was recognised as. */
      format: string
      title: string
      encoding: Encoding
      /** Of a table: its columns, and those that are meant by their names. */
      columns: { names: string[]; meant: Columns } | null
      /** The file holds its photos itself. */
      holdsPhotos: boolean
      /** Captions of photos that are known elsewhere, as results are: nothing else than its captions is told. */
      resultsAlone: boolean
    }

/** What an import would bring; nothing is written. */
export interface ImportPreview {
  /** What the source is. */
  format: string
  photos: number
  /** Of the photos: those that the workspace does not have yet. */
  fresh: number
  captions: number
  /** Objects with their boxes. */
  boxes: number
  /** Where captions come in as candidates. */
  models: { name: string; images: number; known: 'new' | 'same' | 'newer'; version: number }[]
  /** What would be left out, the first 200. */
  reasons: JobFailure[]
  leftOut: number
  /** Of what is left out: captions that the data set marks so. */
  marked: { rejected: number; precanned: number }
}

// ---- out --------------------------------------------------------------------------------------------------------------------------

export const exportFormats = ['coco-results', 'coco-captions', 'csv', 'json-lines', 'karpathy', 'parquet', 'sidecar', 'image-folder'] as const
export type ExportFormat = (typeof exportFormats)[number]

export const exportTexts = ['candidates', 'reviewed', 'corrections', 'references'] as const
export type ExportText = (typeof exportTexts)[number]

/** What may go with each caption, beside its text. */
export const exportDetails = ['author', 'time', 'state', 'rating', 'error_types', 'before', 'boxes'] as const
export type ExportDetail = (typeof exportDetails)[number]

/** A row a caption has no place for what is of the photo. */
const ofCaptions = exportDetails.filter((detail) => detail !== 'boxes')

/** For people; `ending` of a format that is a folder is empty; `details` are those that the format has a place for. */
export const exportFormatTitles: Record<ExportFormat, { title: string; ending: string; details: readonly ExportDetail[] }> = {
  'coco-results': { title: 'COCO results (JSON), as scorers read them', ending: '.json', details: ofCaptions },
  'coco-captions': { title: 'COCO captions (JSON), to train or score elsewhere', ending: '.json', details: exportDetails },
  csv: { title: 'CSV, safe to open in a spreadsheet', ending: '.csv', details: exportDetails },
  'json-lines': { title: 'JSON Lines, one caption a line', ending: '.jsonl', details: exportDetails },
  karpathy: { title: 'Karpathy’s dataset JSON, with splits', ending: '.json', details: exportDetails },
  parquet: { title: 'Parquet, one caption a row', ending: '.parquet', details: exportDetails },
  sidecar: { title: 'A folder of text files, one a photo', ending: '', details: [] },
  'image-folder': { title: 'Hugging Face image folder, with copies of the photos', ending: '', details: exportDetails },
}

/** Absent: as such texts have always been written. */
export function exportFormat({ what, format }: { what: ExportText; format?: ExportFormat | undefined }): ExportFormat {
  return format ?? (what === 'corrections' || what === 'references' ? 'coco-captions' : 'coco-results')
}

export const exportSettingsSchema = z.object({
  what: z.enum(exportTexts),
  modelId: z.string().min(1).max(200).nullable(),
  set: z.enum(evaluationSets),
  /** Of the set those that pass a filter, or that are chosen. */
  scope: scopeSchema.default({}),
  /** Whose texts are taken; null: as they stand. */
  snapshotId: z.number().int().nullable().default(null),
  format: z.enum(exportFormats).optional(),
  details: z.array(z.enum(exportDetails)).default([]),
  file: path,
  /** A file that is there may go: the dialog for saving asked its own question, or the command line was told. */
  replace: z.boolean().default(false),
})
export type ExportSettings = z.infer<typeof exportSettingsSchema>

/** An export that was made. */
export interface ExportRecord {
  id: number
  what: ExportText
  format: ExportFormat
  details: ExportDetail[]
  /** Name of the snapshot whose texts were taken; null: as they stood. */
  snapshot: string | null
  photos: number
  captions: number
  path: string
  contentHash: string
  author: string
  createdAt: string
}

// ---- reports ----------------------------------------------------------------------------------------------------------------------

/** What a report tells of: two models on a set, an experiment, or a case. */
export const reportSubjectSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('comparison'),
    beforeId: z.string().min(1).max(200),
    afterId: z.string().min(1).max(200),
    set: z.enum(evaluationSets),
    /** By which single photos are ordered. */
    metric: z.enum(metricNames),
  }),
  z.object({ kind: z.literal('experiment'), experiment: experimentIdSchema }),
  z.object({ kind: z.literal('case'), caseId: z.number().int().positive() }),
])
export type ReportSubject = z.infer<typeof reportSubjectSchema>

/** One file for a colleague: HTML, or PDF where its name ends so. */
export const reportSettingsSchema = z.object({ about: reportSubjectSchema, file: path, replace: z.boolean().default(false) })
export type ReportSettings = z.infer<typeof reportSettingsSchema>
