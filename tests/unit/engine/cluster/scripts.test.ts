import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prepareWork } from '#engine/cluster/cluster-job.ts'
import { defaultTemplate, quoted, type ClusterWork } from '#engine/cluster/scripts.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

/** A stand-in for node and capstan that tells its words, one a line. */
function echoing(folder: string): string {
  const program = join(folder, 'tell words.sh')
  writeFileSync(program, '#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
  return program
}

describe('the scripts of a cluster', () => {
  test('hand every word to the command as it was given, and each task its shard', async () => {
    const home = temporaryFolder()
    const start = [echoing(home), 'capstan.ts']
    const words = ['caption', 'two words', "it's", '$HOME `date` "x"', '', '*']
    const folder = join(home, "the lab's work")
    mkdirSync(folder)
    const work: ClusterWork = {
      folder,
      directory: home,
      start,
      words,
      shards: 3,
      out: join(home, 'results.json'),
      replace: false,
      partition: 'long',
      gpus: 1,
      time: '1:00:00',
    }
    await prepareWork(work, `# modules\n${defaultTemplate}`)
    const told = execFileSync('bash', [join(folder, 'array.sh')], { encoding: 'utf8', env: { ...process.env, SLURM_ARRAY_TASK_ID: '2' } })
    expect(told.split('\n').slice(0, -1)).toEqual([...start.slice(1), ...words, '--shard', '2/3', '--out', join(folder, 'shards', '2.jsonl')])
    const merge = execFileSync('bash', [join(folder, 'merge.sh')], { encoding: 'utf8' })
    expect(merge.split('\n').slice(0, -1)).toEqual([
      'capstan.ts',
      'merge',
      ...[1, 2, 3].map((index) => join(folder, 'shards', `${index}.jsonl`)),
      '--out',
      work.out,
    ])
    const script = readFileSync(join(folder, 'array.sh'), 'utf8')
    for (const option of ['--array=1-3', '--partition=long', '--gpus=1', '--time=1:00:00', '--requeue']) expect(script).toContain(`#SBATCH ${option}\n`)
    expect(script).toContain('# modules\n')
    await expect(prepareWork(work, defaultTemplate)).rejects.toThrow('holds a cluster’s work already')
  })

  test('quote only what bash would read otherwise', () => {
    expect(quoted('--model=models/base-captioner')).toBe('--model=models/base-captioner')
    expect(quoted("a'b")).toBe(`'a'\\''b'`)
  })
})
