/** What a verb of the contract is. */
import type { z } from 'zod'

/** Who answers a verb: main, or the workspace process over the open workspace's database. */
export type Owner = 'main' | 'workspace'

export interface Verb<Of extends Owner, Input extends z.ZodType, Result> {
  input: Input
  owner: Of
  /** Only a type: the result this verb resolves to. */
  result?: Result
}

export function verb<Result>() {
  return <Of extends Owner, Input extends z.ZodType>(owner: Of, input: Input): Verb<Of, Input, Result> => ({ owner, input })
}
