import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { action } from '../../action.ts'
import { wholeNumber } from '../../numbers.ts'

interface SubmitOptions {
  shards: number
  folder: string
  out: string
  replace: boolean
  partition?: string
  gpus?: number
  time?: string
  template?: string
  scriptOnly: boolean
}

/** Commands that take --shard. */
const inShards = ['caption', 'encode', 'score', 'judge', 'clip-score', 'experiment']

/** `capstan cluster`: a command in shards on the cluster that the lab has, through Slurm’s own tools. */
export function registerCluster(program: Command): void {
  const cluster = program.command('cluster').description('run a command in shards on a Slurm cluster, and follow it')
  cluster
    .command('submit')
    .description('submit an array of shards and the merge after it; the command comes last, behind --')
    .argument('<command...>', 'a command that takes --shard, without --shard and --out: -- caption photos --model …')
    .requiredOption('--shards <n>', 'tasks of the array', wholeNumber(1, 100_000))
    .requiredOption('--folder <folder>', 'for scripts, logs and shards, on a disk that all machines see')
    .requiredOption('--out <file>', 'what the merge writes; of an experiment its folder')
    .option('--replace', 'overwrite what is there at --out', false)
    .option('--partition <name>', 'partition')
    .option('--gpus <n>', 'GPUs of a task', wholeNumber(0, 64))
    .option('--time <limit>', 'longest time of a task, as Slurm takes it')
    .option('--template <file>', 'lines of bash around {{capstan}}: modules, containers, scratch (cluster template prints one)')
    .option('--script-only', 'write array.sh and merge.sh and submit nothing: for other schedulers', false)
    .action(action('What was submitted goes on: see cluster status.', submit))
  const follow = (name: string, description: string, work: (folder: string) => Promise<void>): void => {
    cluster
      .command(name)
      .description(description)
      .argument('<folder>', 'what cluster submit was given')
      .action(action('Nothing was changed.', (_signal: AbortSignal, folder: string) => work(resolve(folder))))
  }
  follow('status', 'how far each shard is', status)
  follow('cancel', 'cancel what is queued or running; shards keep what they have', cancel)
  follow('retry', 'submit the shards that lack, and the merge after them', retry)
  cluster
    .command('logs')
    .description('print the log of a shard, or of the merge')
    .argument('<folder>', 'what cluster submit was given')
    .argument('[shard]', 'its number, or merge', 'merge')
    .action(action('', logs))
  cluster.command('template').description('print the template that a lab edits').action(action('', template))
}

async function submit(_signal: AbortSignal, words: string[], options: SubmitOptions): Promise<void> {
  const { AppError } = await import('#shared/errors.ts')
  const { requireOutput } = await import('#engine/files/output-place.ts')
  const { prepareWork, submitWork } = await import('#engine/cluster/cluster-job.ts')
  const { defaultTemplate } = await import('#engine/cluster/scripts.ts')
  if (!inShards.includes(words[0]) || words.some((word) => /^--(shard|out)(=|$)/.test(word)))
    throw new AppError('bad-input', `Only ${inShards.join(', ')} can be run in shards, and without --shard and --out: these are the cluster’s to give.`, {
      kept: 'Nothing was submitted.',
    })
  const { shards, replace, partition, gpus, time } = options
  const folder = resolve(options.folder)
  // An experiment's results grow in its own folder; a mark says that its table was written at the end.
  const work =
    words[0] === 'experiment'
      ? { words: [...words, '--out', resolve(options.out)], out: join(folder, 'shards', 'table') }
      : { words, out: requireOutput(options.out, { replace }) }
  const lines = options.template === undefined ? defaultTemplate : await readFile(options.template, 'utf8')
  if (!lines.includes('{{capstan}}'))
    throw new AppError('bad-input', `${options.template ?? ''} does not say where {{capstan}} stands.`, { kept: 'Nothing was submitted.' })
  const started = [process.execPath, resolve(process.argv[1])]
  await prepareWork({ folder, directory: process.cwd(), start: started, ...work, shards, replace, partition, gpus, time }, lines)
  if (options.scriptOnly) {
    console.log(
      `${join(folder, 'array.sh')} takes a shard’s number, 1 to ${shards}, in SLURM_ARRAY_TASK_ID; ${join(folder, 'merge.sh')} comes after all of them`,
    )
    return
  }
  const { array, merge } = await submitWork(folder)
  console.log(`array ${array} of ${shards} tasks, merge ${merge} after it; see capstan cluster status ${options.folder}`)
}

async function status(folder: string): Promise<void> {
  const { clusterStatus } = await import('#engine/cluster/cluster-job.ts')
  const { shards, merged, merging } = await clusterStatus(folder)
  const whole = shards.filter(({ kind }) => kind === 'whole').length
  for (const [place, shard] of shards.entries()) {
    if (shard.kind === 'queued') console.log(`shard ${place + 1}: ${shard.state.toLowerCase()}${shard.reason === 'None' ? '' : ` (${shard.reason})`}`)
    if (shard.kind === 'lacking') console.log(`shard ${place + 1}: not whole and not queued; cluster logs says why, cluster retry runs it again`)
  }
  console.log(`${whole} of ${shards.length} shards whole; ${merged ? 'merged' : merging ? 'the merge waits or runs' : 'not merged'}`)
}

async function cancel(folder: string): Promise<void> {
  const { cancelWork } = await import('#engine/cluster/cluster-job.ts')
  await cancelWork(folder)
  console.log('cancelled; cluster retry goes on from what the shards have')
}

async function retry(folder: string): Promise<void> {
  const { retryWork } = await import('#engine/cluster/cluster-job.ts')
  const submitted = await retryWork(folder)
  if (submitted === null) console.log('no shard lacks: nothing was submitted')
  else console.log(`array ${submitted.array} of the ${submitted.lacking.length} shards that lacked, merge ${submitted.merge} after it`)
}

async function logs(_signal: AbortSignal, folder: string, shard: string): Promise<void> {
  const { logPath } = await import('#engine/cluster/scripts.ts')
  const { readRegularText } = await import('#engine/files/regular-file.ts')
  const { AppError } = await import('#shared/errors.ts')
  if (!/^(\d+|merge)$/.test(shard)) throw new AppError('bad-input', `“${shard}” is no shard’s number.`, { todo: 'Give a number, or merge.' })
  process.stdout.write(await readRegularText(logPath(resolve(folder), shard), 100e6))
}

async function template(): Promise<void> {
  const { defaultTemplate } = await import('#engine/cluster/scripts.ts')
  process.stdout.write(defaultTemplate)
}
