import { describe, expect, test } from 'vitest'
import { isOfShard, parseShard } from '#engine/shards/shard.ts'

describe('a shard', () => {
  test('is read from the option, a Slurm array’s task or an indexed job’s pod', () => {
    expect(parseShard('3/8', {})).toEqual({ index: 3, count: 8 })
    const slurm = { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_MIN: '5', SLURM_ARRAY_TASK_COUNT: '4' }
    expect(parseShard('auto', slurm)).toEqual({ index: 3, count: 4 })
    expect(parseShard('auto/4', { JOB_COMPLETION_INDEX: '0' })).toEqual({ index: 1, count: 4 })
  })

  test.each(['0/8', '9/8', '1', '1/0', 'x/2', '1/2/3', '', '1.5/2', 'auto/0'])('“%s” is none', (text) => {
    expect(() => parseShard(text, { JOB_COMPLETION_INDEX: '0' })).toThrow(/shard/)
  })

  test('is refused where the environment does not say, or its array has gaps', () => {
    expect(() => parseShard('auto', {})).toThrow('--shard auto is for the tasks of a Slurm array without gaps')
    expect(() => parseShard('auto', { SLURM_ARRAY_TASK_ID: '9', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '3' })).toThrow('without gaps')
    expect(() => parseShard('auto/4', {})).toThrow('indexed job')
  })

  test('shares items out by their names: each to exactly one, whatever else there is, and about evenly', () => {
    const names = Array.from({ length: 4000 }, (_, index) => `photos/${index}.jpg`)
    const shards = Array.from({ length: 8 }, (_, index) => names.filter((name) => isOfShard(name, { index: index + 1, count: 8 })))
    expect(shards.flat().sort()).toEqual([...names].sort())
    for (const shard of shards) expect(Math.abs(shard.length - 500)).toBeLessThan(100)
  })
})
