/** What the window asks of work that `capstan cluster submit` gave to a Slurm cluster. */
import { z } from 'zod'
import { path } from '../exchange.ts'
import type { Job } from '../jobs.ts'
import { verb } from './verb.ts'

export interface ClusterWorkFound {
  /** The word after `capstan`; null where the folder does not say. */
  command: string | null
  shards: number
  /** Of the shards. */
  whole: number
  /** What the merge writes. */
  out: string
}

export const clusterVerbs = {
  /** What lies in a folder that it was given. */
  look: verb<ClusterWorkFound>()('workspace', z.object({ folder: path })),
  /** Shows it among the jobs; with a name, its captions come in at the end as that model's. */
  follow: verb<Job>()('workspace', z.object({ folder: path, modelName: z.string().trim().min(1).max(200).nullable() })),
}
