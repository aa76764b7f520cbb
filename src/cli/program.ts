/** The commands of `capstan`. Each has a file of its own in commands/ and loads the engine only when it runs. */
import { Command } from 'commander'
import { openLog } from '#engine/log/log.ts'
import { removeQueuedTelemetry } from '#engine/runtime/queued-telemetry.ts'
import { buildMissing } from './embedded-encoders.ts'
import { printPlainly } from './plain-output.ts'
import { registerScenes } from './commands/scenes.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerExperiment } from './commands/experiment.ts'
import { registerExport } from './commands/export.ts'
import { registerExportOnnx } from './commands/export-onnx.ts'
import { registerImport } from './commands/import.ts'
import { registerClipScore } from './commands/clip-score.ts'
import { registerEncoder } from './commands/encoder.ts'
import { registerRegions } from './commands/regions.ts'
import { registerSearch } from './commands/search.ts'
import { registerFineTune } from './commands/fine-tune.ts'
import { registerTensorboard } from './commands/tensorboard.ts'
import { registerTrain } from './commands/train.ts'
import { registerCaption } from './commands/caption.ts'
import { registerEvaluate } from './commands/evaluate.ts'
import { registerJudge } from './commands/judge.ts'
import { registerScore } from './commands/scores/score.ts'
import { registerAgreement } from './commands/scores/agreement.ts'
import { registerCompare } from './commands/scores/compare.ts'
import { registerEncode } from './commands/large-sets/encode.ts'
import { registerMerge } from './commands/large-sets/merge.ts'
import { registerCluster } from './commands/large-sets/cluster.ts'
import { registerDocumentFrequency } from './commands/document-frequency.ts'

printPlainly()
openLog('capstan')
removeQueuedTelemetry()

const program = new Command('capstan')
  .description('Turns an image captioner’s mistakes into a better captioner, offline.')
  .showHelpAfterError('Add --help for the options.')

for (const register of [
  registerScenes,
  registerEncoder,
  registerSearch,
  registerRegions,
  registerClipScore,
  registerTrain,
  registerFineTune,
  registerExperiment,
  registerTensorboard,
  registerEncode,
  registerCaption,
  registerMerge,
  registerCluster,
  registerEvaluate,
  registerJudge,
  registerScore,
  registerCompare,
  registerAgreement,
  registerDocumentFrequency,
  registerImport,
  registerExport,
  registerExportOnnx,
  registerDoctor,
])
  register(program)

program.hook('preAction', (_program, command) => buildMissing(command))

await program.parseAsync()
