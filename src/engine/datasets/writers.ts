/** The table of written formats. A new one is a file in writers/ and an entry here: the window and the command line read this table. */
import type { ExportFormat } from '#shared/exchange.ts'
import { cocoCaptionsWriter, cocoResultsWriter } from './writers/coco.ts'
import { imageFolderWriter } from './writers/image-folder.ts'
import { karpathyWriter } from './writers/karpathy.ts'
import { sidecarWriter } from './writers/sidecar.ts'
import { csvWriter, jsonLinesWriter, parquetWriter } from './writers/tables.ts'
import type { DatasetWriter } from './writers/writer.ts'

export const writers: Record<ExportFormat, DatasetWriter> = {
  'coco-results': cocoResultsWriter,
  'coco-captions': cocoCaptionsWriter,
  csv: csvWriter,
  'json-lines': jsonLinesWriter,
  karpathy: karpathyWriter,
  parquet: parquetWriter,
  sidecar: sidecarWriter,
  'image-folder': imageFolderWriter,
}
