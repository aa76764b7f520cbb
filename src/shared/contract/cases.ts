/** The part of the contract that follows a weakness from the photos that show it to a model that has it no more. */
import { z } from 'zod'
import { openCaseSchema, type Case, type CasePage, type CaseVerdict } from '../cases/cases.ts'
import { verb } from './verb.ts'

const none = z.undefined()
const one = z.object({ caseId: z.number().int().positive() })
const ofModel = one.extend({ modelId: z.string().min(1) })

export const caseVerbs = {
  cases: {
    /** The newest first. */
    list: verb<Case[]>()('workspace', none),
    /** Keeps the photos that filters leave, and makes a list of those that may be corrected, worst first. */
    open: verb<Case>()('workspace', openCaseSchema),
    look: verb<CasePage>()('workspace', one),
    note: verb<Case>()('workspace', one.extend({ note: z.string().max(4000) })),
    /** Judges a model by stored scores. Refused as `too-little-data` where it, or the case's own model, is not scored on the set. */
    judge: verb<CaseVerdict>()('workspace', ofModel),
    /** Judges and closes the case with that verdict: its photos may be learned from again. */
    close: verb<Case>()('workspace', ofModel),
    reopen: verb<Case>()('workspace', one),
    /** Its photos, list and models stay. */
    remove: verb<null>()('workspace', one),
  },
} as const
