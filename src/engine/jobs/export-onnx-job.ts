/** Export of a model: ONNX files and an example that needs nothing of Capstan. */
import type { JobFunction } from '#shared/jobs.ts'
import { requireOutput } from '#engine/files/output-place.ts'
import { exportOnnx } from '#engine/onnx-export/onnx-export.ts'
import { getPackage } from '../workspace/repositories/models.ts'
import { withReader } from './job-reader.ts'

export const exportOnnxJob: JobFunction<'export-onnx'> = ({ modelId, folder }, context) =>
  withReader(context, async (database) => {
    const target = requireOutput(folder, { replace: false })
    const { folder: model } = getPackage(database, modelId)
    const files = await exportOnnx({ model, encoderRoots: context.environment.encoderRoots, folder: target })
    context.progress({
      done: files.length,
      total: files.length,
      unit: 'files',
      message: `Wrote ${files.length} files to ${target}; caption.mjs there shows their use`,
    })
    return { modelId, file: target }
  })
