/** Export: COCO results of candidates or reviewed texts, or COCO captions of the corrections. */
import type { JobFunction } from '#shared/jobs.ts'
import { cocoCaptions, cocoResults } from '../workspace/export/coco-files.ts'
import { exportedImages } from '../workspace/export/export-texts.ts'
import { requireOutput } from '#engine/files/output-place.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { imageRoots } from '../workspace/repositories/images.ts'
import { withReader } from './job-reader.ts'

export const exportJob: JobFunction<'export'> = (input, context) =>
  withReader(context, async (database) => {
    const { images, ids, root } = exportedImages(database, input)
    const file = requireOutput(input.file, { imageRoots: imageRoots(database), replace: input.replace })
    const text = input.what === 'corrections' ? cocoCaptions(images, 'Captions corrected with Capstan') : cocoResults(images)
    context.signal.throwIfAborted()
    await writeWhole(file, text)
    context.progress({
      done: images.length,
      total: images.length,
      unit: 'captions',
      message: `Wrote ${images.length} captions to ${file}; ${saidOf[ids]}${root === null ? '' : `; file names are below ${root}`}`,
    })
    return { file, captions: images.length }
  })

const saidOf = {
  source: 'image ids are those of the imported captions file',
  workspace: 'image ids are this workspace’s own numbers, file_name says which photo each is',
} as const
