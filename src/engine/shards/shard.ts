/**
 * A share of a work's items for one machine of several. Who does what follows from an item's name alone: neither the order in which a folder is listed
 * nor how many other items there are moves one from one machine to another.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'

export const shardSchema = z.strictObject({ index: z.int().min(1), count: z.int().min(1).max(100_000) }).refine(({ index, count }) => index <= count)
/** The `index`-th of `count`, from 1. */
export type Shard = z.infer<typeof shardSchema>

/** Whether the item of this name is this shard's. */
export function isOfShard(name: string, { index, count }: Shard): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % count === index - 1
}

/** `3 of 8`, as messages say it. */
export function shardTitle({ index, count }: Shard): string {
  return `${index} of ${count}`
}

const numberSchema = z.coerce.number().int().min(0)
const slurmSchema = z
  .object({ id: numberSchema, least: numberSchema, count: numberSchema })
  .transform(({ id, least, count }) => ({ index: id - least + 1, count }))

/**
 * Reads `i/n`; `auto`, which asks Slurm's array task; or `auto/n`, which asks a Kubernetes indexed job, whose pods know their index but not how many there are.
 * @throws AppError `bad-input` for anything else, or where the environment does not say
 */
export function parseShard(text: string, environment: NodeJS.ProcessEnv): Shard {
  const refuse = (happened: string): AppError =>
    new AppError('bad-input', happened, {
      kept: 'Nothing was begun.',
      todo: 'Give --shard i/n, for example 1/8; auto in a Slurm array; auto/n in an indexed job.',
    })
  const [first, ...counts] = text.split('/')
  if (first === 'auto' && counts.length === 0) {
    // An array with gaps or steps has tasks whose number is no place: its count tells.
    const task = { id: environment['SLURM_ARRAY_TASK_ID'], least: environment['SLURM_ARRAY_TASK_MIN'], count: environment['SLURM_ARRAY_TASK_COUNT'] }
    const slurm = slurmSchema.pipe(shardSchema).safeParse(task)
    if (!slurm.success) throw refuse('--shard auto is for the tasks of a Slurm array without gaps, and this is none.')
    return slurm.data
  }
  const index = first === 'auto' ? numberSchema.transform((place) => place + 1).safeParse(environment['JOB_COMPLETION_INDEX']).data : first
  if (index === undefined) throw refuse('--shard auto/n is for the pods of an indexed job, and this is none.')
  const shard = z
    .object({ index: z.coerce.number(), count: z.coerce.number() })
    .pipe(shardSchema)
    .safeParse({ index, count: counts.join('/') })
  if (!shard.success) throw refuse(`“${text}” is no shard.`)
  return shard.data
}
