/** What an attack is told and what it found. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { z } from 'zod'

export interface AttackOptions {
  /** Its own; not there yet. */
  folder: string
  /** How many processes are killed, over all kinds. */
  kills: number
  seed: number
}

export interface Findings {
  /** What was done, for the line of counts. An attack that could not run says `couldNotRun`. */
  counts: Record<string, number | string | Record<string, number>>
  /** Each in one sentence; empty where all held. */
  wrong: string[]
}

export type Attack = (options: AttackOptions) => Promise<Findings>

/** Whole numbers from `from` to `to`, both included. */
export type Dice = (from: number, to: number) => number

export function diceOf(seed: number): Dice {
  const random = xoroshiro128plus(seed)
  return (from, to) => uniformInt(random, from, to)
}

export function oneOf<Value>(dice: Dice, values: readonly Value[]): Value {
  return values[dice(0, values.length - 1)]
}

/** Findings that another process wrote. */
export function checkedFindings(json: unknown): Findings {
  return z.object({ counts: z.record(z.string(), z.number()), wrong: z.array(z.string()) }).parse(json)
}
