/** The program of a throw-away process: measures the provider that its argument (JSON) asks for. Prints a line before each work, and the trial as the last. */
import { trialRequestSchema } from './trial-request.ts'
import { runTrial } from './trial.ts'

const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const request = trialRequestSchema.parse(JSON.parse(process.argv[2] ?? ''))
tell({ trial: await runTrial(request, (work) => tell({ work })) })
