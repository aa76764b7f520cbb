/** The two scripts of a cluster's work: an array with a task for each shard, and what merges them (of an experiment: writes its table) after it. Plain bash: other schedulers can run them, too. */

export interface ClusterWork {
  /** Where scripts, logs and shards are: on a disk that all machines see. */
  folder: string
  /** The folder that the command was given in. */
  directory: string
  /** How `capstan` is started: the words before a command. */
  start: readonly string[]
  /** The words of a command that takes --shard. */
  words: readonly string[]
  shards: number
  /** What the merge writes. */
  out: string
  replace: boolean
  partition?: string | undefined
  gpus?: number | undefined
  /** As Slurm takes it, `days-hours:minutes:seconds`. */
  time?: string | undefined
}

/** What a lab edits: modules to load, a container to enter, scratch to use. `{{capstan}}` is the whole command. */
export const defaultTemplate = `# Load modules, enter a container or set scratch here.
exec {{capstan}}
`

/** A word as bash takes it, whatever is in it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

export const shardPath = (folder: string, index: number | string): string => `${folder}/shards/${index}.jsonl`
export const logPath = (folder: string, index: number | string): string => `${folder}/logs/${index}.log`

/** Whose cells and seeds are the tasks. */
const isExperiment = ({ words }: ClusterWork): boolean => words[0] === 'experiment'

function script(work: ClusterWork, template: string, { name, options, command }: { name: string; options: readonly string[]; command: string }): string {
  const directives = [`--job-name=${name}`, '--open-mode=append', ...options].map((option) => `#SBATCH ${option}`)
  const body = template.replaceAll('{{capstan}}', () => command)
  return ['#!/usr/bin/env bash', ...directives, 'set -euo pipefail', `cd ${quoted(work.directory)}`, body.trimEnd(), ''].join('\n')
}

/**
 * A task for each shard. `SLURM_ARRAY_TASK_ID` is all that it needs of its scheduler. A task that is preempted is queued again by Slurm and goes on from its rows.
 */
export function arrayScript(work: ClusterWork, template: string): string {
  const { start, words, shards, folder, partition, gpus, time } = work
  // An experiment's results lie in its own folder: a mark says that a share of its cells is done.
  const to = isExperiment(work) ? '--mark' : '--out'
  const own = `${[...start, ...words].map(quoted).join(' ')} --shard "$SLURM_ARRAY_TASK_ID/${shards}" ${to} ${quoted(folder)}/shards/"$SLURM_ARRAY_TASK_ID".jsonl`
  return script(work, template, {
    name: 'capstan',
    options: [
      `--array=1-${shards}`,
      `--output=${logPath(folder, '%a')}`,
      '--requeue',
      ...(partition === undefined ? [] : [`--partition=${partition}`]),
      ...(gpus === undefined ? [] : [`--gpus=${gpus}`]),
      ...(time === undefined ? [] : [`--time=${time}`]),
    ],
    command: own,
  })
}

/** Runs when every task has ended, however it ended: the merge itself says which shards lack. */
export function mergeScript(work: ClusterWork, template: string): string {
  const { start, words, shards, folder, partition, out, replace } = work
  const files = Array.from({ length: shards }, (_, index) => quoted(shardPath(folder, index + 1)))
  return script(work, template, {
    name: 'capstan-merge',
    options: [`--output=${logPath(folder, 'merge')}`, ...(partition === undefined ? [] : [`--partition=${partition}`])],
    command: isExperiment(work)
      ? [...[...start, ...words].map(quoted), '--table-only', '--mark', quoted(out)].join(' ')
      : [
          ...start.map(quoted),
          'merge',
          ...files,
          '--out',
          quoted(out),
          ...(words[0] === 'caption' && words.includes('--parquet') ? ['--parquet'] : []),
          ...(replace ? ['--replace'] : []),
        ].join(' '),
  })
}
