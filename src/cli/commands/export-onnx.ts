import type { Command } from 'commander'
import { action } from '../action.ts'

/** `capstan export-onnx`: a model as ONNX files with an example that needs nothing of Capstan. */
export function registerExportOnnx(program: Command): void {
  program
    .command('export-onnx')
    .description('write a model as ONNX files, with an example that captions a photo with onnxruntime alone')
    .argument('<model>', 'model package')
    .argument('<folder>', 'the folder to write')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .action(action('Nothing was written.', exportModel))
}

async function exportModel(_signal: AbortSignal, model: string, folder: string, { encoders }: { encoders: string }): Promise<void> {
  const { requireOutput } = await import('#engine/files/output-place.ts')
  requireOutput(folder, { replace: false })
  const { exportOnnx } = await import('#engine/onnx-export/onnx-export.ts')
  const files = await exportOnnx({ model, folder, encoderRoots: [encoders] })
  console.log(`${files.join(', ')} are in ${folder}. Run the example with: node ${folder}/caption.mjs <photo>`)
}
